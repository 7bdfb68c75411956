"""Training families about running twice: the unguarded step and the same step made repeatable."""

SOURCE = r'''
### family mkdir-plain
== non-idempotent
mkdir ⟦@pd@/@rd@¦«$@vd@»¦«$@vd@/@rd@»¦@rd@⟧
== non-idempotent
mkdir «$@vd@»
cp -r ⟦src/.¦@rd@/.⟧ «$@vd@»
== non-idempotent
mkdir @pd@ && chown @usr@ @pd@
== safe
mkdir -p ⟦@pd@/@rd@¦«$@vd@»¦«$@vd@/@rd@»¦@rd@⟧
== safe
mkdir -p «$@vd@»
cp -r ⟦src/.¦@rd@/.⟧ «$@vd@»
== safe
[ -d «$@vd@» ] || mkdir «$@vd@»
== safe
mkdir -p @pd@ && chown @usr@ @pd@
== safe
mkdir ⟦@pd@/@rd@¦«$@vd@»⟧ 2>/dev/null || true
== safe
@vt@=$(mktemp -d)
mkdir «$@vt@/@rd@»
cp *.@ext@ «$@vt@/@rd@»
rm -rf «$@vt@»

### family mkdir-in-function
== non-idempotent
make_tree() {
  local base=‹$1›
  mkdir «$base/bin» «$base/etc»
  mkdir «$base/@rd@»
}
== safe
make_tree() {
  local base=‹$1›
  mkdir -p «$base/bin» «$base/etc»
  mkdir -p «$base/@rd@»
}
== safe
make_tree() {
  local base=‹$1›
  if [ ! -d «$base/bin» ]; then
    mkdir «$base/bin» «$base/etc»
  fi
}
== safe
make_tree() {
  local base=‹$1›
  rm -rf «$base»
  mkdir «$base»
  mkdir «$base/@rd@»
}

### family symlink
== non-idempotent
ln -s ⟦@pd@/@app@¦«$@vf@»⟧ ⟦/usr/local/bin/@app@¦«$@vd@/current»⟧
== non-idempotent
@vn@=@ver@
cd @pd@ || exit 1
ln -s "releases/$@vn@" current
systemctl reload @svc@
== safe
ln ⟦-sf¦-sfn¦-snf⟧ ⟦@pd@/@app@¦«$@vf@»⟧ ⟦/usr/local/bin/@app@¦«$@vd@/current»⟧
== safe
@vn@=@ver@
cd @pd@ || exit 1
ln -sfn "releases/$@vn@" current
systemctl reload @svc@
== safe
[ -e «$@vd@/current» ] || ln -s @pd@/@app@ «$@vd@/current»
== safe
if [ ! -L /usr/local/bin/@app@ ]; then
  ln -s @pd@/@app@ /usr/local/bin/@app@
fi

### family append-config
== non-idempotent
echo "@key@" >> @cf@
== non-idempotent
⟦echo¦printf '%s\n'⟧ '@key@' >> «$HOME/.⟦bashrc¦profile⟧»
== non-idempotent
conf=${1:-@cf@}
cat >> «$conf» <<EOF
@key@
EOF
== safe
grep -q⟦xF¦F⟧ "@key@" @cf@ || echo "@key@" >> @cf@
== safe
if ! grep -q '@key@' «$HOME/.bashrc»; then
  echo '@key@' >> «$HOME/.bashrc»
fi
== safe
echo "@key@" > /etc/⟦sysctl.d¦profile.d¦ssh/sshd_config.d⟧/90-@app@.conf
== safe
conf=${1:-/etc/@app@.conf}
cat > «$conf» <<EOF
@key@
EOF
== safe
echo "@word@: @key@" >> @lf@

### family append-vs-truncate
== non-idempotent
for f in *.@ext@; do
  cat «$f» >> all.merged
done
== non-idempotent
cat «$@vf@» >> «$@vd@/combined.conf»
== safe
: > all.merged
for f in *.@ext@; do
  cat «$f» >> all.merged
done
== safe
rm -f «$@vd@/combined.conf»
cat «$@vf@» >> «$@vd@/combined.conf»
== safe
for f in *.@ext@; do
  cat «$f»
done > all.merged
== safe
cat «$@vf@» > «$@vd@/combined.conf»

### family user-account
== non-idempotent
useradd ⟦-r ¦-m ¦⟧⟦-s /bin/false ¦⟧@usr@
== non-idempotent
useradd -m «$@vn@»
chown -R «$@vn@» «/home/$@vn@»
== safe
id ⟦-u ¦⟧@usr@ >/dev/null 2>&1 || useradd ⟦-r ¦-m ¦⟧⟦-s /bin/false ¦⟧@usr@
== safe
if ! id -u «$@vn@» >/dev/null 2>&1; then
  useradd -m «$@vn@»
  chown -R «$@vn@» «/home/$@vn@»
fi
== safe
if ! getent passwd @usr@ > /dev/null; then
  useradd -r @usr@
fi
== safe
usermod -aG docker «$@vn@»

### family git-clone
== non-idempotent
git clone ⟦--branch @ver@ ¦⟧https://git.example.com/@app@.git «$@vd@»
== non-idempotent
git clone git@git.example.com:team/@app@.git
cd @app@ || exit 1
make
== safe
if [ -d «$@vd@/.git» ]; then
  git -C «$@vd@» pull --ff-only
else
  git clone https://git.example.com/@app@.git «$@vd@»
fi
== safe
[ -d @app@ ] || git clone git@git.example.com:team/@app@.git
cd @app@ || exit 1
make
== safe
rm -rf @app@
git clone --branch @ver@ git@git.example.com:team/@app@.git
== safe
git -C «$@vd@» fetch origin ⟦«$@vn@»¦main⟧

### family database
== non-idempotent
createdb ⟦-O @usr@ ¦⟧@app@
== non-idempotent
psql -d @app@ -c "CREATE TABLE ⟦users¦events⟧ (id int, name text)"
== non-idempotent
sqlite3 «$@vf@» "INSERT INTO ⟦settings¦users⟧ VALUES ('@app@', @n@)"
== safe
psql -lqt | cut -d '|' -f 1 | grep -qw @app@ || createdb ⟦-O @usr@ ¦⟧@app@
== safe
psql -d @app@ -c "CREATE TABLE IF NOT EXISTS ⟦users¦events⟧ (id int, name text)"
== safe
sqlite3 «$@vf@» "INSERT OR REPLACE INTO ⟦settings¦users⟧ VALUES ('@app@', @n@)"
== safe
psql -d @app@ -c "SELECT count(*) FROM users"

### family firewall
== non-idempotent
iptables -A INPUT -p tcp --dport @n@ -j ⟦ACCEPT¦DROP⟧
== safe
iptables -C INPUT -p tcp --dport @n@ -j ACCEPT 2>/dev/null || iptables -A INPUT -p tcp --dport @n@ -j ACCEPT
== safe
iptables -F INPUT
iptables -A INPUT -p tcp --dport @n@ -j ⟦ACCEPT¦DROP⟧
== safe
iptables -L INPUT -n | grep -w @n@

### family docker-create
== non-idempotent
docker network create «$@vn@»
== non-idempotent
docker run -d --name @app@ @img@:@ver@
== safe
docker network inspect «$@vn@» >/dev/null 2>&1 || docker network create «$@vn@»
== safe
docker rm -f @app@ 2>/dev/null || true
docker run -d --name @app@ @img@:@ver@
== safe
docker run --rm --name @app@ @img@:@ver@

### family sed-edit
== non-idempotent
sed -i ⟦'1i # managed by @app@'¦'$a include local.conf'¦'s/^/# /'¦'s/$/ --verbose/'⟧ «$@vf@»
== safe
sed -i ⟦'s/^port=.*/port=@n@/'¦'s/^#*debug.*/debug no/'¦'/^debug/d'¦'s/[ ]*$//'⟧ «$@vf@»
== safe
sed ⟦'1i # managed by @app@'¦'s/^/# /'⟧ «$@vf@» > @app@.conf

### family move-rename
== non-idempotent
mv ⟦«$@vf@» «$@vf@.bak»¦@pd@/@rd@ @pd@/@rd@.old⟧
== non-idempotent
rm ⟦@pd@/install.lock¦«$@vd@/setup.pending»⟧
== safe
[ ! -e «$@vf@» ] || mv «$@vf@» «$@vf@.bak»
== safe
rm -f ⟦@pd@/install.lock¦«$@vd@/setup.pending»⟧
== safe
cp ⟦«$@vf@» «$@vf@.bak»¦-a @pd@/@rd@ @pd@/@rd@.old⟧
== safe
tmp_copy=$(mktemp)
sed 's/old/new/' «$@vf@» > «$tmp_copy»
mv «$tmp_copy» «$@vf@»

### family crontab
== non-idempotent
(crontab -l; echo "0 ⟦3¦4⟧ * * * @pd@/backup.sh") | crontab -
== safe
(crontab -l | grep -v backup.sh; echo "0 ⟦3¦4⟧ * * * @pd@/backup.sh") | crontab -
== safe
echo "0 ⟦3¦4⟧ * * * root @pd@/backup.sh" > /etc/cron.d/@app@

### family counter-state
== non-idempotent
count=$(cat counter)
echo $((count + 1)) > counter
== non-idempotent
n=$(cat «$@vd@/build_number»)
n=$((n + 1))
echo "$n" > «$@vd@/build_number»
== safe
count=$(cat counter)
echo "build $((count + 1))"
== safe
n=$(git rev-list --count HEAD)
n=$((n + 1))
echo "$n" > «$@vd@/build_number»

### family mount
== non-idempotent
mount ⟦-o ro ¦⟧«$@vf@» ⟦/mnt/@app@¦«$@vd@»⟧
== safe
mountpoint -q /mnt/@app@ || mount ⟦-o ro ¦⟧«$@vf@» /mnt/@app@
== safe
if ! mountpoint -q «$@vd@»; then
  mount «$@vf@» «$@vd@»
fi
'''
