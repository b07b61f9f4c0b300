"""Time zones by their names."""

import pytest

from shared.kit.zones import zone_of


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Etc/GMT+5"])
def test_a_zone_is_known_by_its_iana_name(name: str) -> None:
    assert zone_of(name).key == name


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "Mars/Olympus", "../etc/passwd", "", "utc\x00"])
def test_what_is_no_zone_everywhere_is_refused_with_what_to_give(name: str) -> None:
    with pytest.raises(ValueError, match="give an IANA name"):
        zone_of(name)
