"""People are not asked about what is plainly harmless, where their room lets it pass."""

from __future__ import annotations

import pytest

from tests.permits.taken import ordinary
from workspace.permits import classify


def test_fewer_than_one_in_twenty_ordinary_commands_is_stopped_for_nothing() -> None:
    commands = ordinary()
    assert len(commands) >= 200
    stopped = [one for one in commands if not classify({"command": one}, "execute").by_policy]
    share = len(stopped) / len(commands)
    assert share < 0.05, f"{len(stopped)} of {len(commands)}: {stopped}"


@pytest.mark.parametrize(
    ("command", "klass", "keeps"),
    [
        ("ls -la src", "read", "prefix"),
        ("/bin/ls", "read", "prefix"),
        ("grep -rn 'a|b' src", "read", "prefix"),
        ('grep --include="*.py" timeout src', "read", "prefix"),
        ("git diff HEAD~1 -- src", "read", "prefix"),
        ("git branch", "read", "prefix"),
        ("date +%Y-%m-%d", "read", "prefix"),
        ("python --version", "read", "prefix"),
        ("mkdir -p src/new", "write", "prefix"),
        ("sed -i 's/a/b/g' notes.md", "write", "prefix"),
        ("git branch topic", "write", "prefix"),
        ("git commit -m 'Say why'", "write", "prefix"),
        ("pytest -q", "unknown", "exact"),
        ("make test", "unknown", "exact"),
        ("cat /opt/x", "unknown", "exact"),
        ("sh -c ls", "unknown", ""),
        ("sudo ls", "unknown", ""),
        ("ls | sort", "unknown", ""),
        ("curl https://example.org/", "network", "exact"),
        ("npm install left-pad", "network", "exact"),
        ("git push", "network", "exact"),
        ("ls; curl x", "network", ""),
        ("terraform apply", "spend", ""),
        ("rm -rf build", "destructive", ""),
        ("git push --force", "destructive", ""),
        ("cat x && rm y", "destructive", ""),
        ("printenv", "secret", ""),
        ("cat .env", "secret", ""),
        ("cat a; cat ~/.ssh/id_rsa", "secret", ""),
    ],
)
def test_a_command_is_of_its_class(command: str, klass: str, keeps: str) -> None:
    found = classify({"command": command}, "execute")
    assert (found.klass, found.keeps) == (klass, keeps)


def test_writing_with_hooks_is_never_a_rooms_to_allow_by_itself() -> None:
    found = classify({"command": "git commit -m x"}, "execute")
    assert (found.code, found.by_policy, found.words) == ("runs_hooks", False, ("commit",))


def test_a_harmless_place_and_environment_change_nothing() -> None:
    for cwd in ("", ".", "src", "/builds/repo", "/home/someone/projects/site", "/tmp/run_1"):
        action = {"argv": ["ls"], "cwd": cwd, "env_keys": ["LANG", "CI"]}
        assert classify(action, "execute").by_policy, cwd


def test_a_program_that_says_its_command_again_says_no_more() -> None:
    action = {"command": "ls -la", "cwd": "/home/me/.muster-connect/host/runs/r1/work"}
    for text in ("Shell", "ls -la", "Bash\nRequesting approval to Running: ls -la", "Run `ls -la`"):
        assert classify({**action, "text": text}, "execute").by_policy, text


def test_an_edit_in_the_work_directory_is_a_write() -> None:
    found = classify({"paths": ["src/a.py", "README.md"]}, "edit")
    assert (found.klass, found.by_policy) == ("write", True)
