# `just check` changes nothing and is what CI runs; `just fix` does the changing.

set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

# Everything that can be checked without running the product
check:
    uv run ruff check .
    uv run ruff format --check .
    uv run mypy
    uv run lint-imports
    uv run sqlfluff lint sql

# Mend what a tool can mend
fix:
    uv run ruff check --fix .
    uv run ruff format .
    uv run sqlfluff fix sql

# Tests; `just test -m slow` for the long ones
test *arguments:
    uv run pytest {{ arguments }}

# Rewrite the generated pages and the codelist registry
docs:
    uv run python -m mltc.data_dictionary
    uv run python -c "from mltc.codelists import write_registry; write_registry()"

# Take the picture of the README from the demo (needs Chromium)
picture:
    uv run python docs/take_picture.py out/demo/release/2026-10
