# What the scripts of this folder say, and how they fail. Sourced by them; does nothing by itself.
# shellcheck shell=bash

# A step of the work, for people who watch.
say() { printf '==> %s\n' "$*"; }

# A failure that ends the script: what is wrong, then each remedy on a line of its own.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  if (($#)); then printf '       %s\n' "$@" >&2; fi
  exit 1
}

# The log of a command that failed, its end being what matters.
show_end_of() { tail -n "${2:-30}" "$1" | sed 's/^/  | /' >&2; }

# Files that root made here belong to the user who called sudo.
give_back() {
  [[ -n ${SUDO_UID:-} && -n ${SUDO_GID:-} ]] || return 0
  local path
  for path in "$@"; do
    if [[ -e $path ]]; then chown -R "$SUDO_UID:$SUDO_GID" "$path"; fi
  done
}
