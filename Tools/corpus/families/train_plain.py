"""Training families of everyday shell with nothing wrong, and longer scripts that mix the themes."""

SOURCE = r'''
### family system-info
== safe
⟦df -h¦free -m¦uptime¦uname -a¦lsblk¦ip addr show¦ps aux --sort=-%mem¦dmesg | tail -n @n@⟧
== safe
systemctl ⟦status¦restart¦enable --now¦stop¦reload⟧ @svc@
== safe
journalctl -u @svc@ ⟦-n @n@¦--since today¦-f⟧
== safe
du -sh ⟦@pd@/*¦«$@vd@»¦@rd@⟧ | sort -h

### family build-steps
== safe
./configure --prefix=⟦/usr/local¦«$@vd@»⟧
make
make install
== safe
npm ci && npm run build && cp -r @rd@ «$@vd@»
== safe
docker build -t @img@:@ver@ . && docker push @img@:@ver@
== safe
cmake -S . -B @rd@ && cmake --build @rd@ -j @n@
== safe
pytest -q tests/ || { echo "tests failed" >&2; exit 1; }

### family service-wait
== safe
for i in 1 2 3 4 5; do
  if curl -fs http://localhost:@n@/health > /dev/null; then
    echo "@app@ is up"
    break
  fi
  sleep @n2@
done
== safe
until pg_isready -h «$host» -q; do
  sleep 1
done
== safe
systemctl is-active --quiet @svc@ || systemctl start @svc@

### family options-parser
== safe
while getopts "ho:v" opt; do
  case $opt in
    o) out=‹$OPTARG› ;;
    v) set -x ;;
    h|*) echo "usage: $0 [-o FILE]"; exit 0 ;;
  esac
done
shift $((OPTIND - 1))
cp «$1» «$out»

### family long-deploy
== safe
app=@app@
release=‹$1›
target=@pd@/releases/$release
mkdir -p «$target»
tar -xzf «$app-$release.tar.gz» -C «$target»
ln -sfn «$target» @pd@/current
systemctl restart ‹$app›
echo "$(date) deployed $release" >> @lf@
== non-idempotent
app=@app@
release=‹$1›
target=@pd@/releases/$release
mkdir «$target»
tar -xzf «$app-$release.tar.gz» -C «$target»
ln -sfn «$target» @pd@/current
systemctl restart ‹$app›
echo "$(date) deployed $release" >> @lf@
== non-idempotent
app=@app@
release=‹$1›
target=@pd@/releases/$release
mkdir -p «$target»
tar -xzf «$app-$release.tar.gz» -C «$target»
ln -s «$target» @pd@/current
systemctl restart ‹$app›
== non-deterministic
app=@app@
release=$(date +%s)
target=@pd@/releases/$release
mkdir -p «$target»
tar -xzf ‹$app.tar.gz› -C «$target»
ln -sfn «$target» @pd@/current
systemctl restart ‹$app›
== unsafe
app=@app@
release=‹$1›
target=@pd@/releases/$release
mkdir -p «$target»
chmod 777 «$target»
tar -xzf «$app-$release.tar.gz» -C «$target»
ln -sfn «$target» @pd@/current
systemctl restart ‹$app›

### family long-backup
== safe
src=‹${1:-@pd@}›
dst=‹${2:-/mnt/backup}›
[ -d «$src» ] || { echo "no $src" >&2; exit 1; }
mkdir -p «$dst»
echo "backup started $(date)" >&2
tar -czf «$dst/@app@.tar.gz» -C «$src» .
sha256sum «$dst/@app@.tar.gz» > «$dst/@app@.sha256»
find «$dst» -name '*.old' -mtime +@n@ -delete
== non-deterministic
src=‹${1:-@pd@}›
dst=‹${2:-/mnt/backup}›
[ -d «$src» ] || { echo "no $src" >&2; exit 1; }
mkdir -p «$dst»
tar -czf «$dst/@app@-$(date +%F).tar.gz» -C «$src» .
find «$dst» -name '*.old' -mtime +@n@ -delete
== unsafe
src=‹$1›
dst=‹$2›
mkdir -p «$dst»
echo "backup started $(date)" >&2
rm -rf «$dst»/*
tar -czf «$dst/@app@.tar.gz» -C «$src» .
sha256sum «$dst/@app@.tar.gz» > «$dst/@app@.sha256»
== safe
src=‹$1›
dst=‹$2›
mkdir -p «$dst»
echo "backup started $(date)" >&2
rm -rf "${dst:?}"/*
tar -czf «$dst/@app@.tar.gz» -C «$src» .
sha256sum «$dst/@app@.tar.gz» > «$dst/@app@.sha256»

### family long-bootstrap
== safe
if ! command -v @app@ > /dev/null; then
  curl -fsSLo @app@.tar.gz https://example.com/@app@-@ver@.tar.gz
  sha256sum -c @app@.tar.gz.sha256 || exit 1
  tar -xzf @app@.tar.gz
  cp @app@/bin/@app@ /usr/local/bin/
fi
id @usr@ > /dev/null 2>&1 || useradd -r @usr@
mkdir -p @pd@
chown @usr@ @pd@
== non-idempotent
if ! command -v @app@ > /dev/null; then
  curl -fsSLo @app@.tar.gz https://example.com/@app@-@ver@.tar.gz
  sha256sum -c @app@.tar.gz.sha256 || exit 1
  tar -xzf @app@.tar.gz
fi
useradd -r @usr@
mkdir -p @pd@
chown @usr@ @pd@
== unsafe
if ! command -v @app@ > /dev/null; then
  curl -fsSL @url@ | sh
fi
id @usr@ > /dev/null 2>&1 || useradd -r @usr@
mkdir -p @pd@
chown @usr@ @pd@

### family long-report
== safe
total=0
for f in «$@vd@»/*.log; do
  [ -e «$f» ] || continue
  n=$(grep -c ERROR «$f»)
  total=$((total + n))
  printf '%6d %s\n' «$n» «$f»
done
echo "total: $total"
== non-deterministic
total=0
{
  for f in "$@vd@"/*.log; do
    n=$(grep -c ERROR «$f»)
    total=$((total + n))
  done
  echo "report made $(date): $total errors"
} > «$@vo@»
== safe
total=0
{
  for f in "$@vd@"/*.log; do
    n=$(grep -c ERROR «$f»)
    total=$((total + n))
  done
  echo "report made: $total errors"
} > «$@vo@»

### family archive-tools
== safe
tar -xzf «$@vf@» ⟦-C «$@vd@»¦--strip-components=1⟧
== safe
unzip -o «$@vf@» -d «$@vd@»
== safe
gzip -dc «$@vf@» | head -n @n@
== safe
openssl x509 -in «$@vf@» -noout -dates

### family cleanup
== safe
find «$@vd@» -type f -mtime +@n@ -delete
== safe
@vt@=$(mktemp -d)
trap 'rm -rf "$@vt@"' EXIT
cp «$@vf@» «$@vt@/input»
== safe
rm -f *.o *.@ext@
== safe
docker system prune -f

### family lock-and-run
== safe
exec 9> /run/lock/@app@.lock
flock -n 9 || { echo "already running"; exit 0; }
@pd@/bin/@app@ --once
== safe
if pgrep -x @app@ > /dev/null; then
  echo "@app@ is running"
else
  «$@vd@/bin/@app@» &
fi
'''
