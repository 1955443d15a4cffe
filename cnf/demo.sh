#!/bin/sh
# A guided minute: three nodes, each a process of its own, on loopback. Called by ./run demo.
# Exit code 0: everything held that is said to hold. What is shown after $ can be typed as it stands.
set -eu

run=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/xf-demo.XXXXXX")
cd "$work"
pids=''

if [ -t 1 ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
  bold='' dim='' plain=''
fi

clean_up() {
  for pid in $pids; do kill -9 "$pid" 2>/dev/null || :; done
  wait 2>/dev/null || :
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s\n' "$*"; }

fail() {
  echo "demo: $*" >&2
  for name in anna ben cleo dora mallory; do
    if [ -s "$name.err" ]; then
      echo "$name said on standard error:" >&2
      cat "$name.err" >&2
    fi
  done
  exit 1
}

# ---- nodes: one process each, commands through a pipe, answers in a file

start() { # name: on its own data; it listens where it did before, so that others find it again
  [ -f "$1.settings" ] || settings "$1" 0
  rm -f "$1.in"
  mkfifo "$1.in"
  XF_JAVA_OPTS="-Xmx96m -XX:TieredStopAtLevel=1" "$run" --data "$1" --config "$1.settings" \
    <"$1.in" >"$1.out" 2>>"$1.err" 4>&- 5>&- 6>&- 7>&- 8>&- &
  eval "pid_$1=\$!"
  pids="$pids $!"
  case $1 in
    anna) exec 4>anna.in ;;
    ben) exec 5>ben.in ;;
    cleo) exec 6>cleo.in ;;
    dora) exec 7>dora.in ;;
    mallory) exec 8>mallory.in ;;
  esac
}

settings() { # name port
  printf 'xf.libp2p.listen = /ip4/127.0.0.1/tcp/%s\nxf.libp2p.mdns.enabled = false\n' "$2" >"$1.settings"
}

keep_port() { # name: once it listens
  until_answer "$1" 'xf:id' '/tcp/' 'an address'
  port=$(sed -n 's|^/ip4/127.0.0.1/tcp/\([0-9]*\)/.*|\1|p' answer | head -n 1)
  [ -n "$port" ] || fail "$1 listens nowhere: $(cat answer)"
  settings "$1" "$port"
}

type_to() { # name text
  case $1 in
    anna) printf '%s\n' "$2" >&4 ;;
    ben) printf '%s\n' "$2" >&5 ;;
    cleo) printf '%s\n' "$2" >&6 ;;
    dora) printf '%s\n' "$2" >&7 ;;
    mallory) printf '%s\n' "$2" >&8 ;;
  esac
}

asked=0
ask() { # name command: the answer goes into the file answer
  asked=$((asked + 1))
  # The shell prints what is assigned: marks around the answer.
  type_to "$1" "mark = begin-$asked
$2
mark = end-$asked"
  tries=0
  until grep -q "^end-$asked\$" "$1.out"; do
    tries=$((tries + 1))
    [ "$tries" -lt 1000 ] || fail "$1 does not answer to: $2"
    eval "kill -0 \$pid_$1" 2>/dev/null || fail "$1 has ended"
    sleep 0.05
  done
  sed -n "/^begin-$asked\$/,/^end-$asked\$/p" "$1.out" | sed '1d;$d' >answer
}

xf() { # name command: shows both
  printf '%s%s$ %s%s\n' "$dim" "$1" "$2" "$plain"
  ask "$1" "$2"
  cut -c 1-110 answer
}

until_answer() { # name command pattern what: asks until the answer has the pattern
  attempts=0
  while :; do
    ask "$1" "$2"
    if grep -q "$3" answer; then return; fi
    attempts=$((attempts + 1))
    [ "$attempts" -lt 150 ] || fail "$1: $4 did not come; $2 says: $(cat answer)"
    sleep 0.1
  done
}

stop() { # name
  case $1 in
    anna) exec 4>&- ;;
    ben) exec 5>&- ;;
    cleo) exec 6>&- ;;
    dora) exec 7>&- ;;
    mallory) exec 8>&- ;;
  esac
  eval "wait \$pid_$1" || fail "$1 ended with a failure"
}

power_cut() { # name
  eval "kill -9 \$pid_$1"
  eval "wait \$pid_$1" 2>/dev/null || :
}

events() { # file count author first: lines for an import
  awk -v n="$2" -v author="$3" -v first="$4" 'BEGIN {
    for (i = first; i < first + n; i++)
      printf "{\"ts\":%d,\"author\":\"%s\",\"topic\":\"harbour\",\"text\":\"%s: boat %d is in\",\"id\":\"%s-%d\",\"parents\":[]}\n",
        1700000000000 + i, author, author, i, author, i }' >"$1"
}

have() { # name events
  until_answer "$1" 'xf:sync harbour' ": $2 of $2 events, nothing is missing" "$2 events"
}

same_heads() { # names
  rm -f heads.first
  for name in "$@"; do
    ask "$name" 'xf:heads harbour'
    sort answer >"heads.$name"
    [ -f heads.first ] || cp "heads.$name" heads.first
    cmp -s heads.first "heads.$name" || fail "$name has other heads: $(cat "heads.$name")"
  done
  note "$* have the same signed heads:"
  cat heads.first
}

say "1. Three devices, each a process with data of its own. Nobody is a server."
for name in anna ben cleo; do start "$name"; done
for name in anna ben cleo; do keep_port "$name"; done
xf anna 'xf:id'

say "2. Anna makes a group. Its invitation is one line; whoever has it is in, nobody else learns anything."
xf anna 'xf:group create harbour'
ask anna 'xf:group invite harbour'
invitation=$(cat answer)
note "anna\$ xf:group invite harbour"
note "$(printf '%.40s' "$invitation")..."
for name in ben cleo; do
  ask "$name" "xf:group join $invitation"
  note "$name: $(cat answer)"
done

say "3. All three write. What one device appends, the others have, each event proved against a signed head."
for name in anna ben cleo; do events "$name.jsonl" 300 "$name" 0; done
for name in anna ben cleo; do xf "$name" "xf:import --group harbour $work/$name.jsonl"; done
for name in anna ben cleo; do have "$name" 900; done
same_heads anna ben cleo

say "4. Cleo's power fails. Anna and Ben go on without her."
power_cut cleo
for name in anna ben; do
  events "$name.jsonl" 600 "$name" 0
  xf "$name" "xf:import --group harbour $work/$name.jsonl"
done
for name in anna ben; do have "$name" 1,500; done
note "anna and ben have 1,500 events, cleo is away"

say "5. Cleo comes back, with no command given, and has everything."
start cleo
have cleo 1,500
xf cleo 'xf:sync harbour'
same_heads anna ben cleo

say "6. Mallory joins, takes a copy, and changes an event of Anna's in his database."
start mallory
keep_port mallory
ask mallory "xf:group join $invitation"
have mallory 1,500
ask mallory 'xf:id'
mallory=$(head -n 1 answer)
stop mallory
database=$(find mallory/events -name data.mdb)
grep -abo 'anna: boat 5 is in' "$database" | cut -d: -f1 | while read -r at; do
  printf '8' | dd of="$database" bs=1 seek="$((at + 11))" conv=notrunc 2>/dev/null
done
note "mallory's copy now says: $(grep -ao 'anna: boat [58] is in' "$database" | head -n 1)"

say "7. Dora is new and knows nobody but Mallory. What he serves does not lead to the root Anna signed."
start mallory
ask mallory 'xf:group invite harbour'
start dora
keep_port dora
ask mallory 'xf:group invite harbour'
ask dora "xf:group join $(cat answer)"
until_answer dora "xf:why $mallory" 'WRONG_EVENTS' 'the refusal of mallory'
note "dora\$ xf:why $mallory"
grep 'WRONG_EVENTS' answer
log=$(sed -n 's/.*WRONG_EVENTS: log \([0-9a-f]*\).*/\1/p' answer | head -n 1)
xf dora 'xf:check'
grep -q 'all right' answer || fail "dora's check says: $(cat answer)"

say "8. Dora meets an honest member, and has everything, under the same signed heads."
ask anna 'xf:id'
xf dora "xf:connect $(grep '/tcp/' answer | head -n 1)"
have dora 1,500
same_heads anna ben cleo dora
for name in anna dora; do ask "$name" "xf:export $log $work/exported.$name"; done
cmp exported.anna exported.dora || fail "dora's copy is not anna's"
note "and what Dora has of log $log is byte for byte what Anna has"

say "9. Mallory writes a history of his own, copies his device, and writes two ends of it."
events mallory.jsonl 300 mallory 0
ask mallory "xf:import --group harbour $work/mallory.jsonl"
have anna 1,800
stop mallory
cp -r mallory twin
events mallory.jsonl 5 mallory 300
start mallory
ask mallory "xf:import --group harbour $work/mallory.jsonl"
have anna 1,805
stop mallory
rm -rf mallory
mv twin mallory
events mallory.jsonl 5 mallory 900
printf 'xf.libp2p.tcp = false\nxf.libp2p.mdns.enabled = false\n' >offline.settings
"$run" --data mallory --config offline.settings \
  --exec "xf:import --group harbour $work/mallory.jsonl" 4>&- 5>&- 6>&- 7>&- 8>&-
start mallory
until_answer anna 'xf:forks' 'two histories are signed' 'evidence of the fork'
xf anna 'xf:forks'
until_answer ben 'xf:forks' 'two histories are signed' 'evidence of the fork'
note "Ben knows as well: the evidence is passed on, and anybody can verify it."

say "10. His log is frozen, everybody else's goes on."
events anna.jsonl 610 anna 0
xf anna "xf:import --group harbour $work/anna.jsonl"
for name in ben cleo dora; do until_answer "$name" 'xf:heads harbour' ' 610 ' 'event 609 of Anna'; done
for name in anna ben cleo dora; do
  ask "$name" 'xf:check'
  grep -q 'all right' answer || fail "$name: $(cat answer)"
  note "$name: $(cat answer)"
  stop "$name"
done

say "That was it."
note "./run demo proofs shows one node and what it can prove; ./run starts a shell on ./data."
