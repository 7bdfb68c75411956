"""Unseen-template families about quoting: other commands, other contexts where an expansion splits or does not."""

SOURCE = r'''
### family t-file-handling
== safe
stat -c '%s' «$@vf@»
== safe
chown @usr@ «$@vf@» «$@vd@/index.html»
== safe
truncate -s 0 «$@vf@»
== safe
head -c @n@ «$@vf@» | xxd
== safe
if cmp -s «$@vf@» «$@vf2@»; then
  echo "same: $@vf@"
else
  install -m 640 «$@vf@» «$@vf2@»
fi
== safe
touch -r «$@vf@» «${@vd@}/stamp»
== safe
readlink -f «$1»

### family t-conditions
== safe
until [ -S «$@vd@/socket» ]; do
  sleep 1
done
== safe
if [ «$@vn@» != @usr@ ] && [ -w «$@vd@» ]; then
  echo "@word@"
fi
== safe
if [[ -z ‹$@vn@› || ! -w ‹$@vd@› ]]; then
  echo "missing: $@vn@" >&2
fi
== safe
[[ ‹$@vf@› =~ \.@ext@$ ]] && echo "@word@"
== safe
if test «$@vn@» -nt «$@vf@»; then
  echo "$@vn@ is newer"
fi
== safe
[ "$(id -u)" -eq 0 ] || { echo "must be root" >&2; exit 1; }
chgrp @usr@ «$@vf@»
== safe
if [ «$(uname -m)» = x86_64 ]; then
  echo "@word@"
fi
== safe
case ‹$(uname -s)› in
  Linux) echo "@word@" ;;
  *) echo "unsupported" ;;
esac

### family t-counters
== safe
count=0
while read -r entry_line; do
  count=$((count + 1))
done < «$@vf@»
echo "$count lines"
== safe
limit=@n@
ulimit -n $limit
timeout $limit @pd@/check
== safe
limit=$1
ulimit -n «$limit»
timeout «$limit» @pd@/check
== safe
false
code=$?
exit $code
== needs-quoting !f
run_checks "$@"
code=$(cat exit.code)
exit $code
== safe
echo "$# arguments, last exit $?, first is ${#1} long"
== safe
for ((k = 0; k < @n@; k++)); do
  printf '%d\n' "$k"
done
chmod 600 «$@vf@»
== safe
level=3
nice -n $level gzip -kf «$@vf@»

### family t-variables-only
== safe
@vo@=‹$1›
readonly @vo@
declare suffix=‹${2:-@ext@}›
printf '%s.%s\n' "$@vo@" "$suffix"
== safe
full=‹$@vd@›/‹$@vf@›
stem=‹${@vf@%.*}›
echo "$full has stem $stem"
== safe
IFS=: read -r first rest <<< "$PATH"
stat «$first»
echo "$rest"
== safe
old_dir=‹$PWD›
cd «$@vd@» || exit 1
./configure --quiet
cd «$old_dir» || exit 1
== safe
today=‹$(uname -n)›
parent=$(dirname «$(readlink -f "$0")»)
printf '%s %s\n' "$today" "$parent"

### family t-forwarding
== safe
run() {
  echo "+ $*" >&2
  "$@"
}
run stat @pd@
== needs-quoting
run() {
  echo "+ $*" >&2
  $@
}
run stat @pd@
== needs-quoting
wrapper() {
  nice -n 10 ⟦tar $@¦tar ${@:2}¦tar $*⟧
}
== safe
wrapper() {
  nice -n 10 ⟦tar "$@"¦tar "${@:2}"⟧
}
== needs-quoting
sudo -u @usr@ env @app@ ⟦$@¦$*⟧
== safe
sudo -u @usr@ env @app@ "$@"
== safe
set -- --quiet "$@"
printf '[%s]\n' "$@"

### family t-lists
== safe
mounts=("/srv" "$@vd@")
for m in "${mounts[@]}"; do
  df -h «$m»
done
== needs-quoting
mounts=("/srv" "$@vd@")
for m in ${mounts[@]}; do
  df -h "$m"
done
== needs-quoting
mounts=(/srv ⟦$@vd@¦$(cat mounts.txt)⟧)
df -h "${mounts[@]}"
== safe
readarray -t mounts < mounts.txt
df -h "${mounts[@]}"
== needs-quoting
flags="-l -a"
[ -n "$@vn@" ] && flags="$flags -I $@vn@"
ls $flags
== safe
flags=(-l -a)
[ -n "$@vn@" ] && flags+=(-I "$@vn@")
ls "${flags[@]}"

### family t-nested-commands
== safe
touch «$(basename "$@vf@" .@ext@).done»
== safe
ls -ld «$(readlink -f "$@vf@")»
== safe
nice -n 5 make -C «$(pwd)» ⟦test¦all⟧
== safe
echo "running on $(uname -n) as $(whoami)"
== safe
renice 10 -p ‹$(pgrep -o @app@)›
== safe
lines=`wc -l < «$@vf@»`
echo "$lines"
== safe
umount «$(findmnt -n -o TARGET "$@vf@")»

### family t-filters
== safe
while IFS=, read -r id label _; do
  printf '%s => %s\n' "$id" "$label"
  [ -e «$id.@ext@» ] || touch «$id.@ext@»
done < «$@vf@»
== safe
awk -F: '$3 >= 1000 { print $1 }' /etc/passwd
== safe
perl -ne 'print if /$ENV{NAME}/' «$@vf@»
== safe
sed -e 's/$name/@app@/' -e 's/$/;/' «$@vf@»
== safe
egrep -v '^(#|$)' «$@vf@» | paste -sd, -
== safe
column -t -s, «$@vf@»
== safe
comm -13 «$@vf@» «$@vf2@»
== safe
xargs -a «$@vf@» -n 1 file

### family t-messages
== safe
logger -t @app@ "⟦$@vn@ logged in¦$@vf@ is missing¦$* failed⟧"
== safe
echo 'set $@vn@ first, for example $@vn@=@usr@'
== safe
cat <<-USAGE
	usage: $0 [$@vn@]
	reads $@vf@
	USAGE
== safe
echo "$@vn@:" «$@vf@»
== safe
whiptail --msgbox "$@vn@: $@vf@" 10 60
== safe
printf "%-20s %s\n" «$@vn@» «$@vf@»

### family t-network-clients
== safe
host «$@vn@.example.org» | grep -c address
== safe
nslookup «$1»
== safe
wget -q «$@vu@» -O «$@vo@»
== safe
openssl s_client -connect «$@vn@:443» < /dev/null
== safe
sftp -b - «$@vn@@@host@» <<LIST
get @pd@/$@vf@
LIST
== safe
rclone copy «$@vd@» «remote:$@vn@»
== safe
mail -s "report for $@vn@" «$@vn@@example.org» < «$@vf@»

### family t-init-script
== safe
case "$1" in
  start)
    start-stop-daemon -S -x «$EXEC» -- «$CONFIG»
    ;;
  status)
    [ -e «$PIDFILE» ] && kill -0 «$(cat "$PIDFILE")»
    ;;
esac
== safe
[ -r /etc/default/@app@ ] && . /etc/default/@app@
[ "$ENABLED" = yes ] || exit 0
test -d «$RUNDIR» || mkdir -p «$RUNDIR»
== safe
for i in ‹1› 2 3; do
  kill -0 «$PID» 2> /dev/null || break
  sleep $i
done
== needs-quoting
exec @app@ $OPTIONS ⟦--foreground¦-c "$CONFIG"¦"$@"⟧
== safe !f
exec @app@ --foreground -c «$CONFIG»
== safe
if dpkg-statoverride --list «$RUNDIR» > /dev/null; then
  echo "@word@"
fi

### family t-language-tools
== safe
python3 -m venv «$@vd@» && «$@vd@/bin/pip» check
== safe
java -Xmx512m -jar «$@vd@/@app@.jar» «$1»
== safe
go test «./$@vn@/...»
== safe
cargo build --manifest-path «$@vd@/Cargo.toml»
== safe
node «$@vf@» --port ⟦@n@¦«$PORT»⟧
== needs-quoting
cc $CPPFLAGS ⟦-o @app@ main.c¦$LDFLAGS -o "$@vo@" main.c⟧
== safe
cc -O2 -o «$@vo@» main.c
'''
