"""`mltc codelists`: take published lists over, and try a release of code lists on the last good run."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows import terminal
from mltc.paths import CODELISTS

app = typer.Typer(
    name="codelists",
    help="Code lists: take published ones over, and see what a change would do before accepting it.",
    no_args_is_help=True,
)


@app.command(
    "import",
    epilog="Example: mltc codelists import 20250521_PCD_Refset_Content_V2.txt --as pcd --cluster AST_COD "
    '--condition asthma --licence "OGL v3; SNOMED CT UK licence" --replace',
)
def import_list(
    file: Annotated[Path, typer.Argument(help="The file as its publisher gives it (CSV, text, workbook, JSON).")],
    kind: Annotated[
        Literal["pcd", "opencodelists", "hdruk", "omop"],
        typer.Option("--as", help="Whose file: NHS England PCD refsets, OpenCodelists, HDR UK, OMOP concept set."),
    ],
    condition: Annotated[str, typer.Option("--condition", help="Name of the list: the condition, group or measure.")],
    licence: Annotated[str, typer.Option("--licence", help="Under which the publisher gives it, for the registry.")],
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Which list in FILE: cluster, phenotype, concept or concept set.")
    ] = None,
    system: Annotated[
        Literal["snomed", "icd10", "dmd", "bnf", "atc"] | None,
        typer.Option("--system", help="Code system, where FILE holds several or does not say."),
    ] = None,
    into: Annotated[
        Literal["icd10", "snomed", "resolved", "drugs", "measures"] | None,
        typer.Option("--into", help="Folder of the list; else that of the code system."),
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of a measure.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Where FILE or its name does not say it.")] = None,
    reviewed: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which you accept the list; else today.")
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", help="Folder of an ATHENA download, for OMOP descendants.")
    ] = None,
    without_descendants: Annotated[
        bool, typer.Option("--without-descendants", help="Give up descendants that an OMOP set asks for.")
    ] = False,
    without_mapped: Annotated[
        bool, typer.Option("--without-mapped", help="Give up mapped codes that an OMOP set asks for.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="In place of the list that is there.")] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Beside the codes that are there.")] = False,
    codelists: Annotated[Path, typer.Option("--codelists", help="Folder of code lists.")] = CODELISTS,
) -> None:
    """Take a published code list over: every code checked, nothing written unless all is well. Shows what changes."""
    from flows.steps.codelists import show_import
    from flows.told import told_in_words
    from mltc.codelist_import import ImportRequest, import_codelist
    from mltc.codelist_import.published import ReadRequest
    from mltc.errors import ConfigError

    with told_in_words():
        if replace and merge:
            raise ConfigError("Give --replace or --merge, not both.")
        outcome = import_codelist(
            ImportRequest(
                kind=kind,
                source=ReadRequest(file, cluster, system, vocabulary, without_descendants, without_mapped),
                key=condition,
                licence=licence,
                reviewed_date=reviewed.date() if reviewed else date.today(),
                into=into,
                mode="replace" if replace else "merge" if merge else None,
                version=version,
                unit=unit,
                folder=codelists,
            )
        )
        show_import(outcome)


@app.command(epilog="Example: mltc codelists diff --with ../new_codelists --out out/demo --csv diff.csv")
def diff(
    new: Annotated[Path, typer.Option("--with", help="Folder of code lists to try: a whole copy, changed.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the last good run.")] = Path("out") / "run",
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration of that run: its thresholds and engine settings.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every count of persons there.")] = None,
    codes: Annotated[Path | None, typer.Option("--codes", help="Write every changed code there.")] = None,
) -> None:
    """Try code lists on the last good run: who would be gained and lost, by condition, practice and deprivation."""
    from flows.steps.codelists import check_places, show_difference, try_codelists
    from flows.told import told_in_words

    with told_in_words():
        check_places(csv, codes)
        with terminal.show_progress("Trying the code lists"):
            difference = try_codelists(new, out, config)
        show_difference(difference, csv, codes)
