import pytest

from app.web.encoding import LIVE, STATIC, chosen


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "gzip"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *;q=0.1", "gzip"),
        ("gzip;q=0", "identity"),
        ("identity", "identity"),
        ("br", "identity"),
        ("nonsense;;q=x,,", "identity"),
    ],
)
def test_a_client_gets_the_coding_it_likes_best(accept, coding):
    assert chosen(accept, LIVE) == coding


def test_static_files_are_offered_brotli_first():
    assert chosen("gzip, br, zstd", STATIC) == "br"
