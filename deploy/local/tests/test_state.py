"""What a platform generates at its first start."""

from deploy.local.state import cluster_id


def test_a_cluster_id_never_looks_like_an_option() -> None:
    # 0xfb begins a base64 text with a dash.
    assert not cluster_id(b"\xfb" * 16).startswith("-")
    assert len(cluster_id(b"\xfb" * 16)) == 22
