"""Is an `mltc_id` typed as it was given out? Its last character says (Crockford base 32 with check symbol)."""

from mltc.errors import ConfigError

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = DIGITS + "*~$=U"
LENGTH = 26  # 25 characters of 5 bits, and the check symbol (sql/register/person_pseudonym.sql)
# Crockford: letters that are read as digits, and hyphens that are there for the eye.
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
MISTYPED = (
    "The mltc_id is mistyped: {reason}. Copy it again from the list, all 26 characters, and put it in quotes, since "
    "it may end in * or $."
)


def read_mltc_id(typed: str) -> str:
    """The id as the register has it. Raises ConfigError that says it is mistyped, and never repeats it."""
    text = typed.strip().upper().translate(READ_AS)
    if len(text) != LENGTH:
        raise ConfigError(MISTYPED.format(reason=f"it has {len(text)} characters, not {LENGTH}"))
    body, check = text[:-1], text[-1]
    if any(character not in DIGITS for character in body) or check not in CHECK_SYMBOLS:
        raise ConfigError(MISTYPED.format(reason="it has a character that no mltc_id has"))
    if check_symbol(body) != check:
        raise ConfigError(MISTYPED.format(reason="its last character does not agree with the others"))
    return text


def check_symbol(body: str) -> str:
    """Crockford's check symbol: the number that the characters write in base 32, modulo 37."""
    value = 0
    for character in body:
        value = (value * 32 + DIGITS.index(character)) % 37
    return CHECK_SYMBOLS[value]
