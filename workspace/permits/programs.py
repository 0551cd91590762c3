"""What is known of programs. One that is not named here is not known, and asked about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A program whose plain use is reading, or writing below the work directory.

    `never` are flags with which it does more: write elsewhere, start another program, never end.
    Abbreviations of the long ones count, and `shorts` in any bundle. `most`: how many words that
    are no flags it may have. `takes_patterns`: its words may hold signs of a shell, as text.
    """

    klass: str
    never: tuple[str, ...] = ()
    shorts: str = ""
    most: int | None = None
    takes_patterns: bool = False


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


READ, WRITE = "read", "write"
_PLAIN = names(
    "ls cat head tail wc nl tac rev cut fold fmt paste join comm column od hexdump strings stat du "
    "basename dirname pwd echo printf true false seq md5sum sha1sum sha224sum sha256sum sha384sum "
    "sha512sum b2sum cksum sum cmp expand unexpand cal tsort realpath readlink test base64 base32"
)
_FINDS = ("-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprint0", "-fprintf",
          "-fls", "-files0-from")  # fmt: skip
_EXECUTES = ("--exec", "--exec-batch")

KNOWN: dict[str, Known] = {
    **{name: Known(READ) for name in _PLAIN},
    "sort": Known(READ, ("--output", "--compress-program", "--temporary-directory",
                         "--files0-from"), shorts="oT"),
    "uniq": Known(READ, most=1),
    "xxd": Known(READ, ("-revert",), shorts="r", most=1),
    "tree": Known(READ, shorts="oR"),
    "file": Known(READ, ("--compile", "--uncompress", "--uncompress-noreport"), shorts="CzZ"),
    "diff": Known(READ, ("--paginate",), shorts="l"),
    "diff3": Known(READ, ("--diff-program",)),
    "date": Known(READ, ("--set",), shorts="s"),
    "tr": Known(READ, takes_patterns=True),
    "grep": Known(READ, takes_patterns=True),
    "egrep": Known(READ, takes_patterns=True),
    "fgrep": Known(READ, takes_patterns=True),
    "rg": Known(READ, ("--pre", "--hostname-bin", "--search-zip"), "z", takes_patterns=True),
    "find": Known(READ, _FINDS, takes_patterns=True),
    "fd": Known(READ, _EXECUTES, shorts="xX", takes_patterns=True),
    "fdfind": Known(READ, _EXECUTES, shorts="xX", takes_patterns=True),
    "jq": Known(READ, ("--run-tests", "--library-path", "--from-file"), shorts="Lf",
                takes_patterns=True),
    "mkdir": Known(WRITE),
    "touch": Known(WRITE),
    "cp": Known(WRITE, ("--link", "--symbolic-link", "--dereference"), shorts="lsLH"),
    "mv": Known(WRITE),
    "tee": Known(WRITE),
    **{name: Known(WRITE) for name in ("gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz")},
    "split": Known(WRITE, ("--filter",)),
}  # fmt: skip

_GIT_READS = names(
    "status log diff show blame annotate shortlog describe rev-parse rev-list ls-files ls-tree "
    "cat-file name-rev merge-base cherry whatchanged for-each-ref show-ref diff-tree diff-index "
    "grep count-objects show-branch version"
)
# They write a file, start a viewer or a filter, or look outside the repository.
_GIT_NEVER = ("--output", "--ext-diff", "--textconv", "--filters", "--exec", "--upload-pack",
              "--open-files-in-pager", "--no-index", "--show-signature")  # fmt: skip
GIT: dict[str, Known] = {
    **{name: Known(READ, _GIT_NEVER, shorts="O", takes_patterns=True) for name in _GIT_READS},
    "add": Known(WRITE, ("--interactive", "--patch", "--edit"), shorts="ipe"),
    "mv": Known(WRITE),
}
# It opens an editor, signs, or takes its message from elsewhere.
GIT_COMMIT = Known(WRITE, ("--gpg-sign", "--edit", "--template", "--interactive", "--patch",
                           "--trailer", "--file"), shorts="SetpF")  # fmt: skip
# Subcommands of which only these uses are plain reading.
GIT_LISTS: dict[str, tuple[str, ...]] = {
    "branch": ("-a", "--all", "-r", "--remotes", "-v", "-vv", "--list", "--show-current",
               "--merged", "--no-merged"),
    "tag": ("-l", "--list", "-n"),
    "remote": ("-v", "--verbose"),
    "stash": ("list", "show"),
    "worktree": ("list",),
    "reflog": ("show",),
}  # fmt: skip
GIT_NETWORK = names("push pull fetch clone ls-remote submodule archive send-email")
GIT_DESTRUCTIVE = names(
    "rm clean reset restore checkout switch gc prune filter-branch update-ref reflog rebase"
)
# Known for what they are, so that a person sees it; allowing is always a person's.
NETWORK = names(
    "curl wget http https httpie xh nc ncat netcat socat telnet ssh scp sftp rsync ftp tftp ping "
    "ping6 traceroute mtr dig nslookup host whois pip pip3 pipx uv npx gem bundle composer apt "
    "apt-get yum dnf brew apk pacman conda docker podman gh glab nmap arp ip ifconfig netstat ss "
    "route"
)
SPEND = names(
    "aws gcloud az doctl terraform tofu pulumi heroku fly flyctl vercel netlify stripe hcloud "
    "linode-cli ibmcloud oci railway"
)
DESTRUCTIVE = names(
    "rm rmdir unlink shred dd fdisk parted wipefs truncate kill pkill killall shutdown reboot halt "
    "poweroff init systemctl service crontab at batch chmod chown chgrp chattr setfacl mount "
    "umount useradd userdel usermod groupadd groupdel visudo iptables nft ufw sysctl modprobe "
    "insmod rmmod swapoff dropdb dropuser kubectl helm del erase rd format diskpart reg net netsh "
    "sc taskkill schtasks"
)
SECRET = names(
    "env printenv export set declare history security gpg gpg2 pass op vault bw lpass keyring "
    "ssh-add ssh-keygen ssh-agent secret-tool passwd getent"
)
# They start something else, or take orders from a file or a text: what that is cannot be seen.
OPAQUE = names(
    "sh bash zsh dash ksh fish csh tcsh ash busybox toybox cmd powershell pwsh sudo su doas run0 "
    "pkexec xargs parallel nohup nice ionice time timeout stdbuf setsid script watch strace ltrace "
    "gdb unshare nsenter chroot flock exec eval source command builtin trap alias awk gawk mawk "
    "nawk ed ex vi vim nvim view emacs nano less more man osascript open xdg-open start screen "
    "tmux expect tar zip unzip patch m4 tclsh sqlite3 psql mysql ldd"
)
# Interpreters and builders: they run code that lies in the work directory, or is given along.
RUNS_CODE = names(
    "python python2 python3 pypy pypy3 perl ruby node nodejs deno bun php lua java npm pnpm yarn "
    "make cmake ninja cargo go gradle mvn tox nox pytest rake mix dotnet swift tsc jest vitest "
    "ruff black mypy eslint prettier pre-commit just task poetry hatch pdm"
)
CODE_GIVEN_ALONG = ("-c", "-e", "-E", "-r", "-p", "--eval", "--print", "--command", "-", "-i")
FETCHES = names("npm pnpm yarn bun poetry cargo go pdm")
FETCHING = names(
    "install i ci add update up upgrade publish view info search login audit dlx create init x "
    "exec get download fetch"
)
