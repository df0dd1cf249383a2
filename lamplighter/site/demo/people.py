"""Names, streets and account numbers of a town that does not exist. Nobody in it is anybody."""

from dataclasses import dataclass
from typing import Any, Final

TOWN: Final = "Port Ellery, MA 01999"


@dataclass(frozen=True, slots=True)
class Culture:
    """Names that go together, and the language of those who have them."""

    language: str
    share: int
    """So many of a hundred households."""
    given: tuple[str, ...]
    family: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CULTURES: Final = (
    Culture("en", 38, _words(
        "Abigail Caleb Daphne Edwin Flora Gareth Harriet Ivor Judith Kenneth Lydia Malcolm Nora"
        " Owen Prudence Quentin Rosalind Silas Tabitha Walter"),
        _words("Alderwick Brackenbury Crossfield Dunmore Eastlake Fairweather Greystone Holloway"
               " Inchmore Kettering Larkspur Merriweather Northcote Oakhampton Pemberly Quillmore"
               " Ravenshaw Thistlewood Underhill Winterbourne")),
    Culture("en", 10, _words("Adaeze Bolaji Chidi Efua Femi Kwabena Ngozi Oluchi Sade Tendai"),
            _words("Adeyinka Boatengu Chukwudi Dlaminiso Ekwueme Mwangira Nkemeka Okonjor")),
    Culture("en", 10, _words("Anh Bao Chae-won Daiki Hana Jun Li Mei Minh Sora Xiu Yuna"),
            _words("Fujimori Hoang Kagawa Liangsun Nguyendo Parkwon Shimura Tranvo Zhaoyi")),
    Culture("en", 7, _words("Agnieszka Bartosz Ilona Jaroslav Katya Milos Oksana Piotr Zofia"),
            _words("Brzezicki Dvorakova Havlinski Kovalchenko Nowaczek Petrovicz Sokolenko")),
    Culture("en", 6, _words("Aisling Brendan Ciara Declan Maeve Niamh Padraig Roisin"),
            _words("Ballinderry Corrigane Dunleary Kilbracken Mulranney O'Shaughlin Tullamore")),
    Culture("es", 14, _words(
        "Alejandra Benicio Camila Dario Esperanza Fermín Guadalupe Hernán Inés Julián Lucía"
        " Marisol Nicolás Paloma Ramón Soledad"),
        _words("Altamirano Belmontez Cienfuegos Delarío Espinarga Fuentalba Montesol Olivarez"
               " Quintanar Robledal Valdehoya Zamarripa")),
    Culture("de", 5, _words("Annelise Bernd Dietlinde Friedrich Gudrun Jürgen Käthe Matthias Uwe"),
            _words("Achterberg Birkenfeld Dornbusch Grünewald Lindenthal Mühlbacher Rosenhagen")),
    Culture("ar", 5, _words("ليلى سامر هالة يوسف نادين كريم سلمى فارس ريم زياد"),
            _words("الحدادي القاسمي النجاري الصباغي العطاري المنصوري الزهراني")),
    Culture("hi", 5, _words("आशा विक्रम नेहा राजेश सुनीता अर्जुन कविता मोहन पूजा दीपक"),
            _words("वर्माणी शर्मावत गुप्तेश चौहाण मेहरोत्रा त्रिवेदकर")),
)  # fmt: skip

STREETS: Final = _words(
    "Anchor Beacon Bell Cannery Chandler Compass Cooper Cove Dory Driftwood Ferry Fathom Gull"
    " Halyard Harbor Heron Jetty Keel Lamplight Lantern Ledge Lighthouse Lobster Mainsail Marsh"
    " Mooring Oyster Pilot Quarry Ropewalk Saltmarsh Schooner Signal Skipper Spindle Tide Wharf"
)
_KINDS_OF_STREET: Final = _words("Street Avenue Lane Road Row Court")

_TRADES: Final = {
    "shop": _words("Books Hardware Grocery Outfitters Bicycles Pharmacy Florists Ironmongers"),
    "office": _words("Surveyors Accountants Architects Insurance Dental Logistics Design"),
    "bakery": _words("Bakery Patisserie Breads"),
    "cold-store": ("Cold Storage", "Seafoods", "Fish Packing"),
    "plant": ("Castings", "Plastics", "Boatworks", "Paper Mill", "Precision Parts"),
}


def holder(kind: str, language: str | None, drawn: Any) -> tuple[str, str]:
    """
    A name, as it stands on letters, and a language.

    :param language: if it is to be a certain one
    :param drawn: four numbers from 0 to 1
    """
    culture = _culture(drawn[0], language)
    given, family = _one(culture.given, drawn[1]), _one(culture.family, drawn[2])
    if kind == "lights":
        return f"Port Ellery Public Works, Lighting District {1 + int(drawn[1] * 40)}", "en"
    if kind not in _TRADES:
        return f"{given} {family}", culture.language
    # A firm has a name that its neighbours can read.
    name = family if family.isascii() else _one(STREETS, drawn[2])
    return f"{name} {_one(_TRADES[kind], drawn[3])}", culture.language


def street_of(drawn: Any, *, flats: bool) -> str:
    """
    A street and a number in it.

    :param drawn: four numbers from 0 to 1
    """
    name = f"{_one(STREETS, drawn[0])} {_one(_KINDS_OF_STREET, drawn[1])}"
    apartment = f", Apt {1 + int(drawn[3] * 24)}" if flats else ""
    return f"{1 + int(drawn[2] * 240)} {name}{apartment}"


def account_number(ordinal: int) -> str:
    """40000017-3 for 17: seven digits of it, and the check digit of Luhn (ISO/IEC 7812-1)."""
    digits = f"4{ordinal:07}"
    return f"{digits}-{check_digit(digits)}"


def ordinal_of(number: str) -> int:
    """Undo `account_number`."""
    return int(number[1:8])


def reference_of(ordinal: int, commodity: str) -> str:
    """What the industry would know a usage point by: HLE000000179 for the electricity of 17."""
    digits = f"{ordinal:08}"
    return f"HL{commodity[0].upper()}{digits}{check_digit(digits)}"


def check_digit(digits: str) -> int:
    """From the right, every second digit is doubled, and all digits are added up to a ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def _culture(drawn: float, language: str | None) -> Culture:
    if language is not None:
        return next(one for one in CULTURES if one.language == language)
    up_to = drawn * 100
    for culture in CULTURES:
        up_to -= culture.share
        if up_to < 0:
            return culture
    return CULTURES[0]


def _one(words: tuple[str, ...], drawn: float) -> str:
    return words[int(drawn * len(words))]
