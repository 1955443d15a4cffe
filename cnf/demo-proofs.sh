#!/bin/sh
# A guided minute: every step is a command that can be typed as it stands. Called by ./run demo proofs.
set -eu

run=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/xf-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

if [ -t 1 ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
  bold='' dim='' plain=''
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s\n' "$*"; }

xf() { # runs shell commands on the demo's data and shows how
  printf "%s\$ ./run --data demo --exec '%s'%s\n" "$dim" "$1" "$plain"
  "$run" --data demo --exec "$1"
}

broken() { # the same, where a refusal is what is wanted
  printf "%s\$ ./run --data demo --exec '%s'%s\n" "$dim" "$1" "$plain"
  if "$run" --data demo --exec "$1" 2>&1; then
    echo "demo: that should have been refused" >&2
    exit 1
  fi
}

say "1. Publish. Each event is on disk before the command returns."
xf "xf:publish harbour \"boat 7 in\"; xf:publish harbour \"boat 9 in\"; xf:publish harbour \"boat 7 out\""

say "2. Every author's topic is a log, every log is a Merkle tree with one root."
xf "xf:logs; xf:events harbour"

say "3. Prove that event 1 is in the log. The file needs no server and no database to be believed."
xf "xf:prove harbour 1 boat.tlog-proof" | tee prove.txt
key=$(sed -n 's/^key: //p' prove.txt)

say "4. Anybody verifies it with the log's key. Here: another node, which has never seen this data."
printf "%s\$ ./run --data elsewhere --exec 'xf:verify boat.tlog-proof KEY'%s\n" "$dim" "$plain"
"$run" --data elsewhere --exec "xf:verify boat.tlog-proof $key"

say "5. Somebody changes one byte of the event inside the file, and is caught."
extra=$(sed -n 's/^extra //p' boat.tlog-proof)
# Byte 40 of the event is in its text: "boat 9 in" becomes something else.
printf '%s' "$extra" | base64 -d >event.bin
printf '8' | dd of=event.bin bs=1 seek=37 conv=notrunc 2>/dev/null
forged=$(base64 <event.bin | tr -d '\n')
{
  sed -n '1p' boat.tlog-proof
  echo "extra $forged"
  sed '1,2d' boat.tlog-proof
} >forged.tlog-proof
broken "xf:verify forged.tlog-proof $key"

say "6. Somebody changes one byte in the database itself. A check finds the place."
cp -r demo spoiled
"$run" --data spoiled --exec "xf:check"
database=$(find spoiled/events -name 'data.mdb')
offset=$(grep -abo 'boat 9 in' "$database" | head -n 1 | cut -d: -f1)
printf '8' | dd of="$database" bs=1 seek="$((offset + 5))" conv=notrunc 2>/dev/null
printf "%s\$ ./run --data spoiled --exec 'xf:check'%s\n" "$dim" "$plain"
if "$run" --data spoiled --exec "xf:check" 2>&1; then
  echo "demo: that should have been found" >&2
  exit 1
fi

say "7. The first node was stopped after every step above. All is still there, under the same root."
xf "xf:publish harbour \"boat 9 out\"; xf:tree harbour; xf:check"

say "That was it."
note "./run starts the shell on ./data; ./run --help says what else there is."
