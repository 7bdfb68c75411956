"""Unseen-template families of everyday shell, and longer scripts that mix the themes."""

SOURCE = r'''
### family t-status-commands
== safe
⟦vmstat 1 @n@¦iostat -x¦who -b¦hostnamectl¦timedatectl¦ss -tlnp¦lscpu¦sysctl -a | grep swap⟧
== safe
service @svc@ ⟦status¦restart¦stop⟧
== safe
tail -n @n@ @lf@ ⟦| grep -i error¦| cut -c 1-80¦⟧
== safe
find @pd@ -xdev -size +100M ⟦-ls¦-exec ls -lh {} +⟧

### family t-project-tasks
== safe
meson setup --reconfigure @rd@ && ninja -C @rd@
== safe
go vet ./... && go test ./... || exit 1
== safe
python3 setup.py sdist && twine check @rd@/*
== safe
bundle exec rake ⟦assets:precompile¦test⟧
== safe
mvn -q ⟦clean package¦verify⟧ -DskipTests

### family t-watch
== safe
tries=0
until curl -fs "http://127.0.0.1:@n@/"; do
  tries=$((tries + 1))
  [ "$tries" -gt 20 ] && exit 1
  sleep 2
done
== safe
if systemctl is-failed --quiet @svc@; then
  systemctl restart @svc@
  logger "@svc@ restarted at $(date)"
fi
== safe
inotifywait -qm -e close_write «$@vd@» | while read -r where _ what; do
  echo "$where$what"
done

### family t-site-publish
== safe
publish() {
  local site=‹$1› stage
  stage=$(mktemp -d)
  cp -a @rd@/. «$stage»
  find «$stage» -name '*.@ext@' -delete
  rsync -a «$stage/» «$site/»
  rm -rf «$stage»
  echo "published $site: $(date)" >> @lf@
}
publish @pd@
== non-deterministic
publish() {
  local site=‹$1› stage
  stage=$(mktemp -d)
  cp -a @rd@/. «$stage»
  echo "published $(date)" > «$stage/footer.html»
  rsync -a «$stage/» «$site/»
  rm -rf «$stage»
}
publish @pd@
== non-idempotent
publish() {
  local site=‹$1›
  mkdir «$site/@rd@»
  cp -a @rd@/. «$site/@rd@»
  echo "published $site: $(date)" >> @lf@
}
publish @pd@
== unsafe
publish() {
  local site=$1
  rm -rf «$site»/*
  cp -a @rd@/. «$site»
  echo "published $site: $(date)" >> @lf@
}
publish «$2»

### family t-host-setup
== safe
getent group @usr@ > /dev/null || groupadd @usr@
install -d -o root -g @usr@ -m 2750 @pd@
for f in *.@ext@; do
  install -m 640 «$f» @pd@/
done
echo "@key@" > /etc/default/@app@
systemctl enable @svc@
== non-idempotent
getent group @usr@ > /dev/null || groupadd @usr@
install -d -o root -g @usr@ -m 2750 @pd@
for f in *.@ext@; do
  install -m 640 «$f» @pd@/
done
echo "@key@" >> @cf@
systemctl enable @svc@
== non-idempotent
groupadd @usr@
install -d -o root -g @usr@ -m 2750 @pd@
echo "@key@" > /etc/default/@app@
systemctl enable @svc@
== unsafe
getent group @usr@ > /dev/null || groupadd @usr@
install -d -o root -g @usr@ -m 0777 @pd@
for f in *.@ext@; do
  install -m 640 «$f» @pd@/
done
systemctl enable @svc@

### family t-release-cut
== safe
version=$(cat VERSION)
git diff --quiet || { echo "uncommitted changes" >&2; exit 1; }
make clean all
tar -cJf «@app@-$version.tar.xz» @rd@
sha256sum «@app@-$version.tar.xz» > SHA256SUMS
echo "cut $version on $(date)"
== non-deterministic
version=$(cat VERSION)
git diff --quiet || { echo "uncommitted changes" >&2; exit 1; }
make clean all
tar -cJf «@app@-$version-$(date +%Y%m%d).tar.xz» @rd@
echo "cut $version"
== non-deterministic
version=nightly-$RANDOM
make clean all
tar -cJf ‹@app@-$version.tar.xz› @rd@
sha256sum ‹@app@-$version.tar.xz› > SHA256SUMS
== unsafe
version=$(cat VERSION)
git diff --quiet || { echo "uncommitted changes" >&2; exit 1; }
make clean all
tar -cJf «@app@-$version.tar.xz» @rd@
curl -k -T «@app@-$version.tar.xz» https://files.example.org/

### family t-restore
== safe
src=‹$1›
[ -r «$src» ] || { echo "cannot read $src" >&2; exit 2; }
gpg --verify «$src.sig» «$src» || exit 3
zcat «$src» | mysql @app@
service @svc@ reload
== unsafe
src=‹$1›
[ -r «$src» ] || { echo "cannot read $src" >&2; exit 2; }
zcat «$src» | bash
service @svc@ reload

### family t-housekeeping
== safe
find «$@vd@» -name core -size +1M -delete
== safe
logrotate -f /etc/logrotate.d/@svc@
== safe
trap 'rm -f "$@vt@"' EXIT
@vt@=$(mktemp)
sort -u «$@vf@» > «$@vt@»
cat «$@vt@» > «$@vf@»
== safe
apt-get clean && rm -rf /var/lib/apt/lists/*
== safe
cp -u «$@vf@» «$@vd@/»

### family t-single-instance
== safe
(
  flock -n 8 || exit 1
  @pd@/bin/@app@ --sync «$@vd@»
) 8> /run/lock/@app@
== safe
if [ -e «$PIDFILE» ] && kill -0 «$(cat "$PIDFILE")»; then
  exit 0
fi
echo $$ > «$PIDFILE»
'''
