"""Names that sound right and that nobody has: every establishment says that it is fictional, no person exists."""

from random import Random
from typing import Final

FICTIONAL: Final = "(fictif)"
"""Ends the name of every synthetic establishment and legal entity."""

NOTICE: Final = "Données fictives de démonstration"
"""Stands in the record of every synthetic establishment and legal entity."""

_LANDSCAPES: Final = (
    "du Grand Tilleul", "des Mille Étangs", "de la Source Claire", "des Trois Collines", "du Val d'Ombre",
    "de la Pierre Bleue", "des Hauts Vergers", "du Moulin Blanc", "de la Rivière Lente", "des Quatre Vents",
    "du Pont Rouge", "de la Lisière", "des Grandes Prairies", "du Vieux Chêne", "de la Brume",
    "des Deux Rives", "du Clos Fleuri", "de la Dune Rose", "des Sept Fontaines", "du Belvédère",
    "de la Halle aux Blés", "des Bruyères Hautes", "du Rocher Gris", "de la Combe Verte", "des Alizés",
    "du Phare Ancien", "de la Clairière", "des Coquelicots", "du Sentier Doux", "de la Passerelle",
    "des Marronniers Rouges", "du Lavoir", "de la Colline aux Oiseaux", "des Grands Pins", "du Lac Miroir",
    "de la Tour d'Ivoire", "des Lucioles", "du Cadran Solaire", "de l'Étoile du Nord", "de l'Arc-en-Ciel",
)  # fmt: skip

_GROUPS: Final = (
    "Fondation Grand Tilleul", "Association Les Passerelles", "Mutuelle des Deux Rives", "Groupe Lisière Santé",
    "Association Belle Étape", "Groupe Clairière", "Association L'Envol Doux", "Fondation Sept Fontaines",
)  # fmt: skip

_FORENAMES: Final = (
    "Aster", "Bleuet", "Capucine", "Cosmos", "Églantine", "Fleur", "Garance", "Iris", "Jasmin", "Lilas", "Lupin",
    "Marguerite", "Narcisse", "Pâquerette", "Pervenche", "Prune", "Réséda", "Sauge", "Tamaris", "Zinnia",
)  # fmt: skip

_SURNAMES: Final = (
    "Exemple", "Spécimen", "Modèle", "Maquette", "Échantillon", "Fictif", "Imaginaire", "Esquisse", "Gabarit",
    "Prototype", "Ébauche", "Canevas", "Patron", "Croquis", "Brouillon", "Calque",
)  # fmt: skip

STREETS: Final = (
    ("RUE", "du Tilleul"), ("AV", "des Étangs"), ("BD", "de la Source"), ("RUE", "des Vergers"), ("CHE", "du Moulin"),
    ("PL", "de la Halle"), ("ALL", "des Pins"), ("RTE", "du Belvédère"), ("RUE", "de la Passerelle"),
    ("IMP", "du Lavoir"),
)  # fmt: skip


def landscape(random: Random) -> str:
    """Where an establishment is named after."""
    return random.choice(_LANDSCAPES)


def establishment(title: str, random: Random) -> str:
    """The name of an establishment: what it is, an invented place, and that it is fictional."""
    return f"{title} {landscape(random)} {FICTIONAL}"


def group(random: Random) -> str:
    """The name of a body that runs establishments."""
    return f"{random.choice(_GROUPS)} {FICTIONAL}"


def person(random: Random) -> tuple[str, str]:
    """Forename and surname of a person that does not exist."""
    return random.choice(_FORENAMES), random.choice(_SURNAMES)


def full_name(random: Random) -> str:
    """A person in one string."""
    return " ".join(person(random))
