import pytest

from lamplighter.kernel import new_id
from lamplighter.platform import personal
from lamplighter.platform.models import PersonKey

pytestmark = pytest.mark.django_db
COLUMN = "table.column"


def test_a_text_is_read_where_it_was_sealed() -> None:
    mary, row = new_id(), new_id()
    sealed = personal.meet({mary}).seal("Mary Ward", person=mary, column=COLUMN, row=row)
    assert b"Mary" not in sealed
    assert personal.person_of(sealed) == mary
    assert personal.keyring_for([sealed]).open(sealed, column=COLUMN, row=row) == "Mary Ward"


@pytest.mark.parametrize("moved", ["row", "column", "person", "bit", "short", "version"])
def test_a_text_that_was_moved_or_changed_is_refused(moved: str) -> None:
    mary, kim, row = new_id(), new_id(), new_id()
    keys = personal.meet({mary, kim})
    sealed = keys.seal("Mary Ward", person=mary, column=COLUMN, row=row)
    column, where = COLUMN, row
    match moved:
        case "row":
            where = new_id()
        case "column":
            column = "table.other"
        case "person":
            sealed = sealed[:1] + kim.bytes + sealed[17:]
        case "bit":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "short":
            sealed = sealed[:20]
        case "version":
            sealed = b"\x02" + sealed[1:]
    with pytest.raises(personal.TamperedError):
        keys.open(sealed, column=column, row=where)


def test_of_who_was_forgotten_nothing_is_read_and_nothing_is_kept() -> None:
    mary, row = new_id(), new_id()
    sealed = personal.meet({mary}).seal("Mary Ward", person=mary, column=COLUMN, row=row)
    personal.forget({mary})
    assert personal.are_forgotten({mary})
    assert bytes(PersonKey.objects.get(person=mary).sealed) == b""
    keys = personal.meet({mary})
    later = keys.seal("Mary Ward", person=mary, column=COLUMN, row=row)
    assert b"Mary" not in later
    for one in (sealed, later):
        assert keys.open(one, column=COLUMN, row=row) == personal.ERASED


def test_a_text_about_somebody_who_was_not_met_is_not_sealed() -> None:
    with pytest.raises(personal.NobodysKeyError):
        personal.keyring([]).seal("x", person=new_id(), column=COLUMN, row=new_id())


def test_equal_texts_are_sealed_differently_and_found_by_one_index() -> None:
    mary, row = new_id(), new_id()
    keys = personal.meet({mary})
    once, again = (keys.seal("Ward", person=mary, column=COLUMN, row=row) for _ in range(2))
    assert once != again
    assert personal.blind_index("name", "ward") == personal.blind_index("name", "ward")
    assert personal.blind_index("name", "ward") != personal.blind_index("email", "ward")
