"""Unseen-template families about running twice: the concepts of train_guards in other commands and layouts."""

SOURCE = r'''
### family t-tree-layout
== non-idempotent
for part in bin lib @rd@; do
  mkdir ⟦"@pd@/$part"¦-m 755 "@pd@/$part"⟧
done
== non-idempotent
(cd «$@vd@» && mkdir @rd@ && cp *.@ext@ @rd@/)
== non-idempotent
install_site() {
  mkdir «$1/@rd@»
  cp index.html «$1/@rd@/»
}
== safe
for part in bin lib @rd@; do
  mkdir ⟦-p "@pd@/$part"¦-p -m 755 "@pd@/$part"⟧
done
== safe
for part in bin lib @rd@; do
  test -d "@pd@/$part" && continue
  mkdir "@pd@/$part"
done
== safe
(cd «$@vd@» && mkdir --parents @rd@ && cp *.@ext@ @rd@/)
== safe
install_site() {
  install -d «$1/@rd@»
  cp index.html «$1/@rd@/»
}
== safe
holding=$(mktemp -d) && mkdir "$holding/@rd@" && cp *.@ext@ "$holding/@rd@"

### family t-link-farm
== non-idempotent
for tool in «$@vd@»/bin/*; do
  ln -s «$tool» /usr/local/bin/
done
== non-idempotent
ln --symbolic ⟦@pd@/@app@.service /etc/systemd/system/@app@.service¦«$@vf@» @pd@/default⟧
== non-idempotent
ln «$@vf@» «$@vd@/hardlink»
== safe
for tool in «$@vd@»/bin/*; do
  ln -sf «$tool» /usr/local/bin/
done
== safe
ln --symbolic --force ⟦@pd@/@app@.service /etc/systemd/system/@app@.service¦«$@vf@» @pd@/default⟧
== safe
test -h @pd@/default || ln --symbolic «$@vf@» @pd@/default

### family t-tee-append
== non-idempotent
echo "@key@" | ⟦sudo ¦⟧tee -a @cf@ ⟦> /dev/null¦⟧
== non-idempotent
{
  echo "# @app@"
  echo "@key@"
} >> @cf@
== non-idempotent
printf '\n%s\n' "@key@" >> @cf@
== non-idempotent
PROFILE=~/.zshrc
printf 'export PATH="%s:$PATH"\n' «$@vd@» >> ‹$PROFILE›
== safe
echo "@key@" | ⟦sudo ¦⟧tee /etc/⟦modules-load.d¦default¦security/limits.d⟧/@app@.conf ⟦> /dev/null¦⟧
== safe
if grep -qs "^# @app@" @cf@; then
  exit 0
fi
{
  echo "# @app@"
  echo "@key@"
} >> @cf@
== safe
{
  echo "# @app@"
  echo "@key@"
} > /etc/default/@app@
== safe
grep -qsF "@key@" @cf@ || printf '\n%s\n' "@key@" >> @cf@
== safe
printf '%s @word@\n' "@app@" >> @lf@
== safe
echo "@app@: @word@" | tee -a @lf@

### family t-accounts
== non-idempotent
groupadd ⟦--system ¦⟧@usr@
== non-idempotent
adduser --disabled-password --gecos "" «$@vn@»
== non-idempotent
groupadd @usr@
usermod -a -G @usr@ «$@vn@»
== safe
getent group @usr@ > /dev/null || groupadd ⟦--system ¦⟧@usr@
== safe
groupadd --force @usr@
== safe
id «$@vn@» > /dev/null 2>&1 || adduser --disabled-password --gecos "" «$@vn@»
== safe
getent group @usr@ > /dev/null || groupadd @usr@
usermod -a -G @usr@ «$@vn@»

### family t-git-state
== non-idempotent
git remote add ⟦upstream¦mirror⟧ «$@vu@»
== non-idempotent
git checkout -b release-@ver@
== non-idempotent
git worktree add ../@rd@ «$@vn@»
== safe
git remote get-url upstream > /dev/null 2>&1 || git remote add upstream «$@vu@»
== safe
git remote set-url ⟦upstream¦mirror⟧ «$@vu@»
== safe
git checkout -B release-@ver@
== safe
[ -e ../@rd@ ] || git worktree add ../@rd@ «$@vn@»

### family t-cluster-objects
== non-idempotent
kubectl create ⟦namespace @app@¦-f «$@vf@»¦configmap @app@ --from-file=@app@.yaml⟧
== non-idempotent
⟦docker volume create --name @app@-data -o device=@pd@ && ¦⟧docker create --name @app@ @img@:@ver@
== non-idempotent
lxc launch debian/12 @app@
== safe
kubectl apply -f «$@vf@»
== safe
kubectl create ⟦namespace @app@¦configmap @app@ --from-file=@app@.yaml⟧ --dry-run=client -o yaml | kubectl apply -f -
== safe
kubectl get namespace @app@ > /dev/null 2>&1 || kubectl create namespace @app@
== safe
docker container inspect @app@ > /dev/null 2>&1 || docker create --name @app@ @img@:@ver@
== safe
lxc info @app@ > /dev/null 2>&1 || lxc launch debian/12 @app@

### family t-network-setup
== non-idempotent
ip ⟦addr add 10.1.0.@n@/24 dev eth0¦route add 10.9.0.0/16 via 10.1.0.1⟧
== non-idempotent
ip link add br0 type bridge
== non-idempotent
nft add rule inet filter input tcp dport @n@ accept
== safe
ip ⟦addr replace 10.1.0.@n@/24 dev eth0¦route replace 10.9.0.0/16 via 10.1.0.1⟧
== safe
ip link show br0 > /dev/null 2>&1 || ip link add br0 type bridge
== safe
nft flush chain inet filter input
nft add rule inet filter input tcp dport @n@ accept
== safe
ip ⟦addr show dev eth0¦route show⟧

### family t-sql-schema
== non-idempotent
mysql -e "CREATE ⟦DATABASE @app@¦USER '@usr@'@'localhost'¦TABLE @app@.log (id INT)⟧"
== non-idempotent
mysql @app@ -e "⟦ALTER TABLE log ADD COLUMN note TEXT¦UPDATE stock SET amount = amount + @n@⟧"
== safe
mysql -e "CREATE ⟦DATABASE IF NOT EXISTS @app@¦USER IF NOT EXISTS '@usr@'@'localhost'¦TABLE IF NOT EXISTS @app@.log (id INT)⟧"
== safe
mysql @app@ -e "⟦ALTER TABLE log ADD COLUMN IF NOT EXISTS note TEXT¦UPDATE stock SET amount = @n@⟧"

### family t-in-place-edit
== non-idempotent
perl -pi -e 's/^(⟦PATH¦OPTIONS¦HOSTS⟧=.*)$/$1:@app@/' «$@vf@»
== non-idempotent
ed -s «$@vf@» <<'END'
1i
# generated for @app@
.
w
END
== non-idempotent
patch -p1 < «$@vf@»
== safe
perl -pi -e 's/^(⟦PATH¦OPTIONS¦HOSTS⟧)=.*$/$1=@app@/' «$@vf@»
== safe
patch -p1 --dry-run -R < «$@vf@» > /dev/null 2>&1 || patch -p1 < «$@vf@»

### family t-set-aside
== non-idempotent
mv /etc/@svc@.conf /etc/@svc@.conf.orig
cp @svc@.conf /etc/@svc@.conf
== non-idempotent
mv «$@vd@» «$@vd@.previous» && mkdir -p «$@vd@»
== non-idempotent
unlink @pd@/maintenance.flag
== safe
[ -e /etc/@svc@.conf.orig ] || mv /etc/@svc@.conf /etc/@svc@.conf.orig
cp @svc@.conf /etc/@svc@.conf
== safe
rm -rf «$@vd@.previous»
[ ! -d «$@vd@» ] || mv «$@vd@» «$@vd@.previous»
mkdir -p «$@vd@»
== safe
if [ -e @pd@/maintenance.flag ]; then
  unlink @pd@/maintenance.flag
fi

### family t-accumulate
== non-idempotent
read -r serial < zone.serial
printf '%d\n' $((serial + 1)) > zone.serial
== non-idempotent
mount --bind @pd@ «$@vd@»
== non-idempotent
fallocate -l 1G /swapfile && mkswap /swapfile && swapon /swapfile && echo '/swapfile none swap sw 0 0' >> /etc/fstab
== safe
read -r serial < zone.serial
printf 'next: %d\n' $((serial + 1))
== safe
mountpoint -q «$@vd@» || mount --bind @pd@ «$@vd@»
== safe
if ! grep -q swapfile /etc/fstab; then
  fallocate -l 1G /swapfile && mkswap /swapfile && swapon /swapfile && echo '/swapfile none swap sw 0 0' >> /etc/fstab
fi
'''
