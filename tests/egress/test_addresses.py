"""The policy for addresses, and the strict reading of URLs, without a network."""

from ipaddress import ip_address

import pytest

from agents.egress import EgressPolicy, EgressRefused
from agents.egress.addresses import is_public
from agents.egress.target import check, read_target

HARD = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.8",
    "192.0.0.9",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", HARD)
def test_an_address_that_is_not_plainly_public_is_refused(address):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(EgressRefused) as refused:
        target = read_target(f"https://{host}/hook")
        check(target, [address], EgressPolicy())
    assert refused.value.code in {"private_address", "numeric_host"}
    assert not is_public(ip_address(address))
    assert refused.value.is_permanent


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2001:4860:4860::8888", "100.128.0.1", "172.32.0.1"],
)
def test_a_public_address_is_allowed(address):
    assert is_public(ip_address(address))
    check(read_target("https://agent.example/hook"), [address], EgressPolicy())


def test_one_bad_answer_among_good_ones_refuses_the_name():
    target = read_target("https://agent.example/hook")
    with pytest.raises(EgressRefused) as refused:
        check(target, ["8.8.8.8", "10.0.0.1"], EgressPolicy())
    assert refused.value.code == "private_address"
    assert refused.value.params == {"host": "agent.example", "address": "10.0.0.1"}


def test_a_name_without_any_address_is_unresolvable():
    with pytest.raises(EgressRefused) as refused:
        check(read_target("https://agent.example/"), [], EgressPolicy())
    assert refused.value.code == "unresolvable"
    assert not refused.value.is_permanent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_url"),
        ("not a url", "not_a_url"),
        ("agent.example/hook", "not_a_url"),
        ("https://", "not_a_url"),
        ("https:///hook", "not_a_url"),
        ("https://agent.example:99999/", "not_a_url"),
        ("https://agent.example:0/", "not_a_url"),
        ("https://agent example/", "not_a_url"),
        ("https://agent.example/\r\nX: y", "not_a_url"),
        ("https://agent.example\\@10.0.0.1/", "not_a_url"),
        ("https://１２７.0.0.1/", "not_a_url"),
        ("https://agent.example./", "not_a_url"),
        ("https://agent..example/", "not_a_url"),
        ("https://%31%32%37.0.0.1/", "not_a_url"),
        ("https://[fe80::1%25eth0]/", "not_a_url"),
        ("https://" + "a" * 2100, "not_a_url"),
        ("ftp://agent.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://agent.example/", "scheme"),
        ("https://user:pass@agent.example/", "userinfo"),
        ("https://agent.example@10.0.0.1/", "userinfo"),
        ("https://@agent.example/", "userinfo"),
        ("https://2130706433/", "numeric_host"),
        ("https://0x7f000001/", "numeric_host"),
        ("https://0x7f.0.0.1/", "numeric_host"),
        ("https://0177.0.0.1/", "numeric_host"),
        ("https://127.1/", "numeric_host"),
        ("https://127.0.0.01/", "numeric_host"),
        ("https://[0:0:0:0:0:0:0:1]/", "numeric_host"),
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(text, code):
    with pytest.raises(EgressRefused) as refused:
        target = read_target(text)
        check(target, ["8.8.8.8"], EgressPolicy())
    assert refused.value.code == code


def test_plain_http_to_a_public_address_is_refused():
    with pytest.raises(EgressRefused) as refused:
        check(read_target("http://agent.example:8443/"), ["8.8.8.8"], EgressPolicy())
    assert refused.value.code == "scheme"


def test_an_unusual_port_at_a_public_address_is_refused():
    with pytest.raises(EgressRefused) as refused:
        check(read_target("https://agent.example:22/"), ["8.8.8.8"], EgressPolicy())
    assert refused.value.code == "port"


def test_an_allowed_block_opens_itself_and_nothing_else():
    policy = EgressPolicy.allowing(["127.0.0.0/8", "::1/128"])
    check(read_target("http://localhost:4711/"), ["127.0.0.1", "::1"], policy)
    check(read_target("http://localhost:4711/"), ["::ffff:127.0.0.1"], policy)
    with pytest.raises(EgressRefused):
        check(read_target("http://printer.example:4711/"), ["192.168.1.9"], policy)
    with pytest.raises(EgressRefused):
        check(read_target("http://agent.example:4711/"), ["8.8.8.8"], policy)


def test_a_block_that_is_not_one_is_a_configuration_error():
    with pytest.raises(ValueError):
        EgressPolicy.allowing(["10.0.0.1/8"])
