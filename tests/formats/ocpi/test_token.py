"""The token of a connection, as both sides write and read it."""

import pytest

from app.formats.ocpi.token import authorization, presented

HEADERS = ["Token czNjcmV0", "Token s3cret", "token  s3cret ", "Token czNjcmV0Cg=="]


def test_it_is_sent_without_the_newline_of_the_specifications_samples():
    assert authorization("s3cret\n", "base64") == "Token czNjcmV0"
    assert authorization("s3cret\n", "raw") == "Token s3cret"


@pytest.mark.parametrize("header", HEADERS)
def test_it_is_read_plain_and_encoded_with_or_without_a_newline(header):
    assert "s3cret" in presented(header)


@pytest.mark.parametrize("header", ["", "Token", "Token ", "Bearer s3cret", "s3cret", "Basic czNjcmV0"])
def test_another_scheme_presents_none(header):
    assert presented(header) == ()


def test_what_is_no_text_in_base64_is_taken_as_it_stands():
    assert presented("Token /////w==") == ("/////w==",)
