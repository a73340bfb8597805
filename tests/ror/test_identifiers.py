import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.coding import Authority
from ror.errors import RorError
from ror.identifiers import (
    IdentifierError,
    IdentifierKind,
    StructurePrefix,
    department_of_finess,
    finess_with_key,
    is_structure_authority,
    luhn_key,
    luhn_valid,
    parse,
    parse_finess,
    parse_rpps,
    parse_siren,
    parse_siret,
    parse_structure_id,
    parse_unit_id,
    structure_id,
)


@pytest.mark.parametrize(
    "number",
    [
        "010000024",
        "010780054",
        "750712184",
        "690781810",
        "130786049",
        "970100012",
        "970400016",
        "980500011",
        "2A0000014",
        "2B0000020",
    ],
)
def test_a_real_finess_number_has_a_valid_key(number):
    assert parse_finess(number).key_valid is True


def test_siren_siret_and_rpps_have_valid_keys():
    assert parse_siren("187512751").key_valid is True
    assert parse_siret("18751275100020").key_valid is True
    assert parse_rpps("10001234565").key_valid is True


def test_a_wrong_key_is_accepted_and_told():
    rpps = parse_rpps("10001234567")
    assert rpps.key_valid is False
    assert rpps.warning == "Clé de contrôle RPPS fausse : 10001234567."


def test_a_right_key_warns_of_nothing():
    assert parse_finess("750712184").warning is None


def test_a_siret_of_la_poste_has_its_own_key():
    assert parse_siret("35600000049837").key_valid is True
    assert parse_siret("35600000049838").key_valid is False


def test_blanks_and_small_letters_are_forgiven():
    assert parse_finess(" 2a 000 0014 ").number == "2A0000014"


def test_a_letter_that_is_no_corsican_one_makes_the_key_wrong():
    assert parse_finess("2C0000014").key_valid is False


@pytest.mark.parametrize("text", ["", "75071218", "7507121844", "75A712184", "٧50712184", "<script>", "A" * 500])
def test_a_malformed_finess_is_refused_in_french(text):
    with pytest.raises(IdentifierError, match="Identifiant FINESS mal formé") as caught:
        parse_finess(text)
    assert isinstance(caught.value, RorError)
    assert len(str(caught.value)) < 140


@pytest.mark.parametrize(
    ("code", "prefix", "kind", "number"),
    [
        ("1750712184", StructurePrefix.FINESS, IdentifierKind.FINESS, "750712184"),
        ("2187512751", StructurePrefix.SIREN, IdentifierKind.SIREN, "187512751"),
        ("318751275100020", StructurePrefix.SIRET, IdentifierKind.SIRET, "18751275100020"),
        ("0751234567", StructurePrefix.ADELI_PRACTICE, IdentifierKind.ADELI_PRACTICE, "751234567"),
        ("410001234565011", StructurePrefix.RPPS_PRACTICE, IdentifierKind.RPPS_PRACTICE, "10001234565011"),
        ("5750712184", StructurePrefix.FINESS_EJ_ENDED, IdentifierKind.FINESS, "750712184"),
    ],
)
def test_an_id_nat_struct_is_read_and_written_alike(code, prefix, kind, number):
    read = parse_structure_id(code)
    assert (read.prefix, read.identifier.kind, read.identifier.number) == (prefix, kind, number)
    assert read.code == code


def test_an_id_nat_struct_tells_the_key_of_its_number():
    assert parse_structure_id("1750712184").identifier.key_valid is True
    assert parse_structure_id("1750712185").identifier.key_valid is False
    assert parse_structure_id("0751234567").identifier.key_valid is None


@pytest.mark.parametrize("code", ["", "9750712184", "1", "175071218", "X750712184"])
def test_a_malformed_id_nat_struct_is_refused(code):
    with pytest.raises(IdentifierError):
        parse_structure_id(code)


@pytest.mark.parametrize("kind", [kind for kind in IdentifierKind if kind is not IdentifierKind.RPPS])
def test_building_an_id_nat_struct_uses_an_open_prefix(kind):
    number = "18751275100020" if kind in (IdentifierKind.SIRET, IdentifierKind.RPPS_PRACTICE) else "750712184"
    built = structure_id(parse(kind, number))
    assert parse_structure_id(built.code) == built
    assert built.prefix not in (StructurePrefix.FINESS_EJ_ENDED, StructurePrefix.FINESS_EG_ENDED)


def test_a_person_is_no_structure():
    with pytest.raises(IdentifierError):
        structure_id(parse_rpps("10001234565"))


def test_both_authorities_of_id_nat_struct_are_read():
    assert is_structure_authority(Authority.STRUCTURE)
    assert is_structure_authority("1.2.250.1.71.1.2.14")
    assert not is_structure_authority("1.3.2")


def test_a_unit_id_is_region_and_local_number():
    unit = parse_unit_id("94/666")
    assert (unit.region, unit.local, unit.code) == ("94", "666", "94/666")
    assert parse_unit_id("977/1").region == "977"


def test_a_unit_id_of_a_region_before_2016_is_read():
    assert parse_unit_id("26/0042").region == "26"


@pytest.mark.parametrize(
    "text", ["666", "94/", "/666", "12/0001", "08/0003", "94/6/6", "94/6 6", "99/1", "94/" + "1" * 200]
)
def test_a_unit_id_without_a_region_is_refused(text):
    with pytest.raises(IdentifierError):
        parse_unit_id(text)


@pytest.mark.parametrize(
    ("number", "department"),
    [
        ("690781810", "69"),
        ("2A0000014", "2A"),
        ("970100012", "971"),
        ("970400016", "974"),
        ("980500011", "976"),
        ("970900016", None),
    ],
)
def test_a_finess_number_says_its_departement(number, department):
    assert department_of_finess(number) == department


@given(st.text("0123456789", min_size=1, max_size=30))
def test_a_luhn_key_is_the_only_digit_that_fits(digits):
    fitting = [key for key in "0123456789" if luhn_valid(digits + key)]
    assert fitting == [luhn_key(digits)]


@given(st.sampled_from(["75", "2A", "2B", "97", "01"]), st.integers(0, 999_999))
def test_a_finess_number_that_we_make_is_valid(department, order):
    assert parse_finess(finess_with_key(f"{department}{order:06d}")).key_valid is True


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    for read in (parse_finess, parse_siret, parse_structure_id, parse_unit_id):
        try:
            read(text)
        except IdentifierError:
            continue
