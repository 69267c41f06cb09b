"""Layouts in which the same synthetic people can be written."""

from mltc.synthetic.layouts.hes import HesLayout
from mltc.synthetic.layouts.omop import OmopLayout
from mltc.synthetic.layouts.sus import SusLayout
from mltc.synthetic.writing import CanonicalLayout, LayoutWriter

LAYOUTS: dict[str, type[LayoutWriter]] = {
    "canonical": CanonicalLayout,
    "hes": HesLayout,
    "sus": SusLayout,
    "omop": OmopLayout,
}
