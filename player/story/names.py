"""Invented people."""

from player.story.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Aiko Alma Amara Anouk Arash Bela Bruno Carmen Chidi Clara Dag Dalia Emeka Enzo Farah Femi Greta Hana "
    "Hugo Ida Imran Ines Ivo Jamal Jonas Kaori Karim Lena Leo Lina Malik Mara Mateo Mina Nadia Nils Noor Olga "
    "Omar Petra Priya Rafa Rosa Samir Sana Selma Tariq Tessa Uma Vera Viktor Wanda Yara Yusuf Zoe "
)
LAST = _words(
    "Abara Adler Almeida Arnaud Bakker Banerjee Berg Castel Cho Costa Dahl Demir Dvorak Eklund Eriksen Falk "
    "Farkas Ferro Gallo Haas Hakim Holm Ito Ivanov Jansen Kaya Keller Klein Kovacs Lang Lindqvist Lopes Maier "
    "Marek Mensah Moreau Nakata Novak Okafor Olsen Osei Patel Perez Pires Rahman Reyes Rossi Sato Silva Sousa "
    "Stein Suzuki Tamm Tanaka Toth Urban Vidal Vogel Weber Winter Yilmaz Zeman "
)


class Names:
    """Gives names that may repeat, as those of real people do."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def next(self) -> str:
        return f"{self._dice.one(FIRST)} {self._dice.one(LAST)}"


def email(name: str, number: int) -> str:
    """An address of its own for each number, at a domain that nobody can own."""
    return f"{name.lower().replace(' ', '.')}.{number}@mail.example"
