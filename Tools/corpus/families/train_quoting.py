"""Training families about quoting: where an expansion splits, and the many contexts where it does not.

All rows are harmless otherwise; the needs-quoting rows come from dropping quotes in « ».
"""

SOURCE = r'''
### family copy-move
== safe
cp ⟦-a ¦-r ¦-p ¦⟧«$@vf@» «$@vd@»
== safe
cp ⟦-a ¦⟧«$1» «$2»
== safe
install -m 0644 «$@vf@» «$@vd@/@app@.conf»
== safe
@vf@=$1
@vd@=$2
cp «$@vf@» «$@vd@/»
echo "copied $@vf@ to $@vd@"
== safe
rsync -a ⟦--delete ¦⟧«$@vd@/» «@host@:$@vd2@/»
== safe
scp «$@vf@» «$@vn@@@host@:@pd@/»

### family test-brackets
== safe
[ -f «$@vf@» ] || exit 1
== safe
if [ ⟦-n¦-z¦-e¦-d¦-r⟧ «$@vf@» ]; then
  echo "@word@: $@vf@"
fi
== safe
if [ «$@vn@» = @app@ ]; then
  systemctl restart @svc@
fi
== safe
if [[ -n ‹$@vn@› && -f ‹$@vf@› ]]; then
  cat «$@vf@»
fi
== safe
if [[ ⟦-d¦-e¦-r⟧ ‹$@vf@› ]]; then
  echo "@word@: $@vf@"
fi
== safe
[[ ‹$@vn@› == @app@* ]] && systemctl restart @svc@
== safe
test ⟦-f¦-d¦-s⟧ «$@vf@» && echo "@word@"

### family number-expansions
== safe
if [ $# -lt ⟦1¦2⟧ ]; then
  echo "usage: $0 FILE" >&2
  exit 1
fi
cat «$1»
== safe
@svc@ --test
status=$?
[ "$status" -eq 0 ] || exit ‹$status›
== safe
i=0
while [ $i -lt @n@ ]; do
  i=$((i + 1))
  echo "try $i"
done
== safe
retries=@n@
sleep $retries
head -n $retries «$@vf@»
== safe
echo $((@n@ * 2)) ${#@vn@}
?wc -l «$@vf@»
== safe
port=@n@
nc -z localhost $port && echo "port $port is open"
== safe
port=$1
nc -z localhost «$port» && echo "port $port is open"
== safe
retries=${2:-@n@}
head -n «$retries» «$@vf@»

### family assignment
== safe
@vn@=‹$1›
@vd@=‹${2:-@pd@}›
echo "$@vn@ in $@vd@"
== safe
export APP_HOME=‹$1›
@vf@=‹$APP_HOME/etc/@app@.conf›
?echo "@word@"
cat «$@vf@»
== safe
size=$(du -s «$@vd@» | cut -f 1)
echo "$size"
== safe
base=$(basename «$1» .@ext@)
ls «$base»
== safe
here=$(cd "$(dirname «$0»)" && pwd)
echo "$here"
== safe
here=$(dirname "$0")
. «$here/functions.sh»

### family loop-over-args
== safe
for f in "$@"; do
  gzip -kf «$f»
done
== needs-quoting
for f in $@; do
  gzip -kf "$f"
done
== needs-quoting
for f in $*; do
  wc -l "$f"
done
== needs-quoting
exec ⟦python3 main.py¦java -jar @app@.jar¦/usr/bin/@app@⟧ ⟦$@¦$*⟧
== safe !f
exec ⟦python3 main.py¦java -jar @app@.jar¦/usr/bin/@app@⟧ "$@"
== safe
while [ $# -gt 0 ]; do
  case ‹$1› in
    -v) verbose=1 ;;
    -o) shift; out=‹$1› ;;
    *) files+=("$1") ;;
  esac
  shift
done

### family loop-over-files
== safe
for f in *.@ext@; do
  mv -f «$f» «$@vd@/»
done
== safe
for f in «$@vd@»/*.@ext@; do
  echo "@word@ $f"
  ⟦gzip -kf¦chmod 644¦md5sum⟧ «$f»
done
== safe
while IFS= read -r line; do
  echo «$line»
done < «$@vf@»
== safe
for svc in @svc@ @svc2@ @svc3@; do
  systemctl restart ‹$svc›
done
== safe
find «$@vd@» -name '*.@ext@' -exec grep -l «$@vn@» {} +

### family arrays
== safe
files=(*.@ext@)
tar -czf @app@.tar.gz "${files[@]}"
echo "${#files[@]} files"
== needs-quoting
files=(*.@ext@)
tar -czf @app@.tar.gz ${files[@]}
echo "${#files[@]} files"
== safe
opts=(-a -v)
[ -n «$@vn@» ] && opts+=(--exclude "$@vn@")
rsync "${opts[@]}" @rd@/ @host@:@pd@/
== needs-quoting
opts=(-a -v)
[ -n "$@vn@" ] && opts+=(--exclude $@vn@)
rsync ⟦"${opts[@]}"¦${opts[@]}⟧ @rd@/ @host@:@pd@/
== needs-quoting
hosts=($(cat hosts.txt))
echo "${#hosts[@]} hosts"
== safe
mapfile -t hosts < hosts.txt
echo "${#hosts[@]} hosts"

### family command-substitution
== safe
kill «$(cat /run/@app@.pid)»
== safe
cd «$(git rev-parse --show-toplevel)» || exit 1
== safe
tar -cf @app@.tar -C «$(dirname "$@vf@")» .
== safe
echo "host: $(hostname), kernel: $(uname -r)"
== safe
printf '%s\n' «$(hostname)» > hostname.txt
== safe
ls -l «/lib/modules/$(uname -r)»
== safe
n=$(grep -c ⟦error¦ok⟧ «$@vf@»)
[ «$n» -gt 0 ] && echo "@word@"
== safe
user=`id -un`
echo "running as $user on `hostname`"

### family text-tools
== safe
grep ⟦-q¦-c¦-n¦-i⟧ ⟦error¦'^#'¦«$@vn@»⟧ «$@vf@»
== safe
sed -n '1,@n@p' «$@vf@»
== safe
awk '{ print $⟦1¦2¦NF⟧ }' «$@vf@»
== safe
cut -d: -f1 «$@vf@» | sort | uniq -c
== safe
awk -v who=«$@vn@» '$1 == who { print $2 }' «$@vf@»
== safe
tr a-z A-Z < «$@vf@» > «$@vo@»
== safe
echo "$@vn@: $@vf@" | tee «$@vo@»
== safe
diff -u «$@vf@» «$@vf2@» | less
== safe
jq -r --arg n «$@vn@» '.[$n]' «$@vf@»

### family echo-strings
== safe
echo ⟦"name: $@vn@"¦"$@vn@ is $@vf@"¦'name: $@vn@'⟧
== safe
echo «$@vn@»
== safe
printf '%s: %s\n' «$@vn@» «$@vf@»
== safe
echo "usage: $0 [-v] FILE" >&2
== safe
cat <<EOF
name: $@vn@
path: $@vf@
EOF
== safe
echo 'path is $@vf@, quote it as "$@vf@"'

### family remote
== safe
ssh «$@vn@@@host@» "⟦uptime¦df -h¦systemctl status @svc@⟧"
== safe
for h in @host@ @host2@ @host3@; do
  ssh ‹$h› 'df -h /'
done
== safe
ping -c 1 «$host» > /dev/null && echo "$host is up"
== safe
curl -fsS «$@vu@» -o «$@vf@»
== safe
curl -fsS -H "Authorization: Bearer $TOKEN" «$@vu@/status»

### family git-tools
== safe
git checkout «$@vn@»
== safe
git tag -f «v$@vn@» && git push -f origin «v$@vn@»
== safe
git show --stat «$1»
== safe
git log --oneline ⟦-n @n@ ¦⟧«$@vn@»
== safe
branch=$(git rev-parse --abbrev-ref HEAD)
if [ «$branch» = main ]; then
  git push origin «$branch»
fi

### family packages
== safe
apt-get install -y «$@vn@»
== needs-quoting
pkgs=$(grep -v '^#' packages.txt)
apt-get install -y $pkgs
== safe
grep -v '^#' packages.txt | xargs apt-get install -y
== safe
dpkg -s «$@vn@» > /dev/null 2>&1 || apt-get install -y «$@vn@»
== safe
dpkg-query -W -f '${Version}\n' «$@vn@»
== needs-quoting
gcc $CFLAGS -o @app@ @app@.c
== safe
make -j«$(nproc)» CFLAGS="$CFLAGS"

### family maintainer-script
== safe
case ‹$1› in
  configure)
    chown -R @usr@: «$@vd@»
    ;;
  remove|purge)
    rm -f «$@vd@/@app@.conf»
    ;;
esac
== safe
if [ "$1" = configure ] && [ -x /usr/bin/@app@ ]; then
  /usr/bin/@app@ --reload || exit $?
fi
== safe
if [ -n «$2» ] && dpkg --compare-versions «$2» lt @ver@; then
  rm -f /etc/@app@/old.conf
fi
== safe
. /usr/share/debconf/confmodule
db_get @app@/port
port=‹$RET›
sed -i "s/^port=.*/port=$port/" «$@vf@»
== safe
test -x «$DAEMON» || exit 0
start-stop-daemon --start --quiet --exec «$DAEMON»

### family return-values
== safe
get_port() {
  grep '^port=' «$1» | cut -d= -f2
}
get_port @app@.conf
== safe
die() {
  echo "error: $*" >&2
  exit ⟦1¦«${2:-1}»⟧
}
== safe
log() {
  echo "@app@: $1" >&2
}
log "@word@"
== safe
is_ready() {
  [ -e «$1/ready» ] && return 0
  return ⟦1¦«$2»⟧
}

### family heredoc-config
== safe
cat > «$@vd@/@app@.conf» <<EOF
root = $@vd@
name = ${@vn@:-@app@}
EOF
== safe
tee «$@vo@» > /dev/null <<EOF
[@app@]
user = $@vn@
EOF
'''
