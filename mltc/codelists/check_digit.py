"""The check digit of a SNOMED CT identifier (Verhoeff's dihedral scheme, SNOMED CT release file guide).

It catches the digits that a spreadsheet rounds away: Excel keeps 15 digits and turns the rest into 0.
"""

# Multiplication in the dihedral group D5: 0-4 are rotations, 5-9 reflections.
PRODUCT = tuple(
    tuple(
        (a + b) % 5 if a < 5 and b < 5 else (a + b - 5) % 5 + 5 if a < 5 else (a - b) % 5 + (5 if b < 5 else 0)
        for b in range(10)
    )
    for a in range(10)
)
SHUFFLE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def has_valid_check_digit(identifier: str) -> bool:
    """Whether the last digit of `identifier`, a string of digits, agrees with the others."""
    total = 0
    for place, character in enumerate(reversed(identifier)):
        digit = int(character)
        for _ in range(place % 8):
            digit = SHUFFLE[digit]
        total = PRODUCT[total][digit]
    return total == 0
