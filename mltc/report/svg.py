"""From a Vega-Lite specification to a small, safe, deterministic `<svg>` for a page."""

import json
import re
import xml.etree.ElementTree as ET

from mltc.report.charts import Specification

SVG = "http://www.w3.org/2000/svg"
_KEPT = {"svg", "g", "path", "line", "rect", "text", "tspan", "title", "desc", "circle", "clipPath", "defs"}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def draw_svg(specification: Specification, element_id: str, title: str) -> str:
    """The chart as an inline picture named by `title`, whose id starts with `element_id`.

    Rendered by vl-convert without network or browser. Only drawing elements are kept, so that nothing
    in a label can become a link, a script or a style.
    """
    import vl_convert

    return clean_svg(vl_convert.vegalite_to_svg(json.dumps(specification)), element_id, title)


def clean_svg(text: str, element_id: str, title: str) -> str:
    """The same drawing with role, name and short numbers, and without anything that is not drawing."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(text)  # noqa: S314 - written by vl-convert in this process
    _clean(root)
    for name in ("class", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{element_id}-title", "focusable": "false"}
    label = ET.Element(f"{{{SVG}}}title", {"id": f"{element_id}-title"})
    label.text = title
    root.insert(0, label)
    return ET.tostring(root, encoding="unicode")


def _clean(node: ET.Element) -> None:
    for child in list(node):
        if child.tag.removeprefix(f"{{{SVG}}}") not in _KEPT or child.get("display") == "none":
            node.remove(child)
        else:
            _clean(child)
    for name, value in list(node.attrib.items()):
        if name.startswith(("aria-", "on", "{")) or name in ("role", "class", "style", "pointer-events"):
            del node.attrib[name]
        elif name not in ("id", "font-family"):
            node.attrib[name] = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value)
