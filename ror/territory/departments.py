"""The départements (TRE_G09 codes): their region and their seat (COG 2023, Licence Ouverte)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Department:
    """A département, or a collectivity that counts as one; ``seat`` is the INSEE code of its chef-lieu commune."""

    code: str
    name: str
    region: str
    seat: str

    @property
    def label(self) -> str:
        """Name and code, the way people write it: ``Rhône (69)``."""
        return f"{self.name} ({self.code})"


DEPARTMENTS: tuple[Department, ...] = (
    Department("01", "Ain", "84", "01053"),
    Department("02", "Aisne", "32", "02408"),
    Department("03", "Allier", "84", "03190"),
    Department("04", "Alpes-de-Haute-Provence", "93", "04070"),
    Department("05", "Hautes-Alpes", "93", "05061"),
    Department("06", "Alpes-Maritimes", "93", "06088"),
    Department("07", "Ardèche", "84", "07186"),
    Department("08", "Ardennes", "44", "08105"),
    Department("09", "Ariège", "76", "09122"),
    Department("10", "Aube", "44", "10387"),
    Department("11", "Aude", "76", "11069"),
    Department("12", "Aveyron", "76", "12202"),
    Department("13", "Bouches-du-Rhône", "93", "13055"),
    Department("14", "Calvados", "28", "14118"),
    Department("15", "Cantal", "84", "15014"),
    Department("16", "Charente", "75", "16015"),
    Department("17", "Charente-Maritime", "75", "17300"),
    Department("18", "Cher", "24", "18033"),
    Department("19", "Corrèze", "75", "19272"),
    Department("21", "Côte-d'Or", "27", "21231"),
    Department("22", "Côtes-d'Armor", "53", "22278"),
    Department("23", "Creuse", "75", "23096"),
    Department("24", "Dordogne", "75", "24322"),
    Department("25", "Doubs", "27", "25056"),
    Department("26", "Drôme", "84", "26362"),
    Department("27", "Eure", "28", "27229"),
    Department("28", "Eure-et-Loir", "24", "28085"),
    Department("29", "Finistère", "53", "29232"),
    Department("2A", "Corse-du-Sud", "94", "2A004"),
    Department("2B", "Haute-Corse", "94", "2B033"),
    Department("30", "Gard", "76", "30189"),
    Department("31", "Haute-Garonne", "76", "31555"),
    Department("32", "Gers", "76", "32013"),
    Department("33", "Gironde", "75", "33063"),
    Department("34", "Hérault", "76", "34172"),
    Department("35", "Ille-et-Vilaine", "53", "35238"),
    Department("36", "Indre", "24", "36044"),
    Department("37", "Indre-et-Loire", "24", "37261"),
    Department("38", "Isère", "84", "38185"),
    Department("39", "Jura", "27", "39300"),
    Department("40", "Landes", "75", "40192"),
    Department("41", "Loir-et-Cher", "24", "41018"),
    Department("42", "Loire", "84", "42218"),
    Department("43", "Haute-Loire", "84", "43157"),
    Department("44", "Loire-Atlantique", "52", "44109"),
    Department("45", "Loiret", "24", "45234"),
    Department("46", "Lot", "76", "46042"),
    Department("47", "Lot-et-Garonne", "75", "47001"),
    Department("48", "Lozère", "76", "48095"),
    Department("49", "Maine-et-Loire", "52", "49007"),
    Department("50", "Manche", "28", "50502"),
    Department("51", "Marne", "44", "51108"),
    Department("52", "Haute-Marne", "44", "52121"),
    Department("53", "Mayenne", "52", "53130"),
    Department("54", "Meurthe-et-Moselle", "44", "54395"),
    Department("55", "Meuse", "44", "55029"),
    Department("56", "Morbihan", "53", "56260"),
    Department("57", "Moselle", "44", "57463"),
    Department("58", "Nièvre", "27", "58194"),
    Department("59", "Nord", "32", "59350"),
    Department("60", "Oise", "32", "60057"),
    Department("61", "Orne", "28", "61001"),
    Department("62", "Pas-de-Calais", "32", "62041"),
    Department("63", "Puy-de-Dôme", "84", "63113"),
    Department("64", "Pyrénées-Atlantiques", "75", "64445"),
    Department("65", "Hautes-Pyrénées", "76", "65440"),
    Department("66", "Pyrénées-Orientales", "76", "66136"),
    Department("67", "Bas-Rhin", "44", "67482"),
    Department("68", "Haut-Rhin", "44", "68066"),
    Department("69", "Rhône", "84", "69123"),
    Department("70", "Haute-Saône", "27", "70550"),
    Department("71", "Saône-et-Loire", "27", "71270"),
    Department("72", "Sarthe", "52", "72181"),
    Department("73", "Savoie", "84", "73065"),
    Department("74", "Haute-Savoie", "84", "74010"),
    Department("75", "Paris", "11", "75056"),
    Department("76", "Seine-Maritime", "28", "76540"),
    Department("77", "Seine-et-Marne", "11", "77288"),
    Department("78", "Yvelines", "11", "78646"),
    Department("79", "Deux-Sèvres", "75", "79191"),
    Department("80", "Somme", "32", "80021"),
    Department("81", "Tarn", "76", "81004"),
    Department("82", "Tarn-et-Garonne", "76", "82121"),
    Department("83", "Var", "93", "83137"),
    Department("84", "Vaucluse", "93", "84007"),
    Department("85", "Vendée", "52", "85191"),
    Department("86", "Vienne", "75", "86194"),
    Department("87", "Haute-Vienne", "75", "87085"),
    Department("88", "Vosges", "44", "88160"),
    Department("89", "Yonne", "27", "89024"),
    Department("90", "Territoire de Belfort", "27", "90010"),
    Department("91", "Essonne", "11", "91228"),
    Department("92", "Hauts-de-Seine", "11", "92050"),
    Department("93", "Seine-Saint-Denis", "11", "93008"),
    Department("94", "Val-de-Marne", "11", "94028"),
    Department("95", "Val-d'Oise", "11", "95500"),
    Department("971", "Guadeloupe", "01", "97105"),
    Department("972", "Martinique", "02", "97209"),
    Department("973", "Guyane", "03", "97302"),
    Department("974", "La Réunion", "04", "97411"),
    Department("976", "Mayotte", "06", "97608"),
    Department("977", "Saint-Barthélemy", "977", "97701"),
    Department("978", "Saint-Martin", "978", "97801"),
)
"""All that belong to a ROR, sorted by code."""

DEPARTMENT_BY_CODE: dict[str, Department] = {department.code: department for department in DEPARTMENTS}


def department(code: str) -> Department | None:
    """The département of that code: ``01``, ``1``, ``2A``, ``2a``, ``974``; ``None`` if there is none."""
    wanted = code.strip().upper()
    return DEPARTMENT_BY_CODE.get(wanted.zfill(2) if wanted.isdigit() else wanted)


def departments_of_region(region: str) -> tuple[Department, ...]:
    """The départements of a region code, none for an unknown one."""
    return tuple(department for department in DEPARTMENTS if department.region == region)


def department_code_of_commune(commune: str) -> str:
    """The département that an INSEE commune code says: three characters overseas, else two."""
    return commune[:3] if commune.startswith("97") else commune[:2]
