"""Unseen-template families about danger: the concepts of train_risks in other commands and layouts."""

SOURCE = r'''
### family t-interpreter-pipe
== unsafe
curl ⟦-fL¦--silent --location¦-fsS⟧ @url@ | ⟦python3 -¦perl¦python3¦node -¦zsh¦sudo -E bash -⟧
== unsafe
⟦wget --quiet --output-document=-¦lynx -source¦curl --proto '=https' -sSf⟧ «$@vu@» | ⟦sudo -H bash¦zsh¦bash /dev/stdin --quiet¦dash⟧
== unsafe
⟦source¦.⟧ <(curl -fs @url@)
== unsafe
if ! command -v @app@ >/dev/null; then
  echo "@app@ is missing, installing"
  curl --silent --location @url@ | ⟦sudo -E bash -¦zsh¦python3⟧
fi
== safe
curl ⟦-fL¦--silent --location¦-fsS⟧ @url@ | ⟦python3 -m json.tool¦tar -xz¦gunzip > init.txt¦cmp - init.sh¦tee bootstrap.sh¦xmllint -⟧
== safe
⟦wget --quiet --output-document=-¦lynx -source¦curl --proto '=https' -sSf⟧ «$@vu@» | ⟦grep -i bash¦sort¦cat -n⟧
== safe
⟦source¦.⟧ ⟦./env.sh¦/etc/os-release¦«$@vd@/bin/activate»⟧
== safe
if ! command -v @app@ >/dev/null; then
  echo "@app@ is missing; see @url@" >&2
  echo 'or run: curl @url@ | bash' >&2
fi

### family t-fetch-then-run
== unsafe
if wget -nv -O agent.py @url@; then
  python3 agent.py --install
fi
== unsafe
installer=$(mktemp)
curl --output «$installer» @url@
⟦perl¦bash¦python3⟧ «$installer»
== safe
if wget -nv -O agent.py @url@; then
  sha256sum --check --status agent.py.sha256 || exit 1
  python3 agent.py --install
fi
== safe
installer=$(mktemp)
curl --output «$installer» @url@
gpg --verify signature.asc «$installer» || exit 1
⟦perl¦bash¦python3⟧ «$installer»
== safe
installer=$(mktemp)
curl --output «$installer» @url@
⟦less¦file¦md5sum⟧ «$installer»

### family t-code-from-words
== unsafe
printf 'run what? '
read -r line
⟦bash -c "$line"¦eval "$line"¦echo "$line" | sh⟧
== unsafe
setting=$1
value=$2
eval "⟦$setting=$value¦conf_$setting='$value'⟧"
== unsafe
ssh @host@ "⟦tar -czf @app@.tgz¦grep -r error¦stat⟧ $1"
== unsafe
find «$@vd@» -name '*.@ext@' -exec sh -c "⟦wc -l¦xz¦file⟧ {}" \;
== safe
printf 'run what? '
read -r line
⟦grep -F -- "$line" commands.txt¦printf 'you said %s\n' "$line"¦echo "$line" | sort⟧
== safe
setting=$1
value=$2
⟦declare -x "$setting=$value"¦printf '%s=%s\n' "$setting" "$value"⟧
== safe
ssh @host@ "⟦tar -czf @app@.tgz themes¦grep -r error themes¦stat /etc/hosts⟧"
== safe
find «$@vd@» -name '*.@ext@' -exec sh -c '⟦wc -l¦file⟧ "$1"' sh {} \;

### family t-purge-tree
== unsafe
purge() {
  local where=$1
  printf 'purging %s\n' "$where"
  rm --recursive --force ⟦«$where»/*¦«$where/»⟧
}
== unsafe
case $1 in
  clean) rm -fr "$@vd@"/* ;;
  *) echo "nothing to clean" ;;
esac
== unsafe
source ./site.conf
rm -fr «$SITE_DIR»/⟦*¦.cache/../*⟧
== safe
purge() {
  local where=${1:?directory needed}
  printf 'purging %s\n' "$where"
  rm --recursive --force ⟦«$where»/*¦«$where/»⟧
}
== safe
purge() {
  local where=$1
  [ -n "$where" ] || return 1
  rm --recursive --force «$where»/*
}
== safe
case $1 in
  clean) rm -fr "${@vd@:?}"/* ;;
  *) echo "nothing to clean" ;;
esac
== safe
source ./site.conf
rm -fr "${SITE_DIR:?missing in site.conf}"/*
== safe
pushd @pd@/@rd@ || exit 1
rm -fr ./*
popd || exit 1
== unsafe !e
pushd @pd@/@rd@
rm -fr ./*
popd

### family t-open-permissions
== unsafe
install -d -m ⟦0777¦777⟧ «$@vd@»
== unsafe
find @pd@ -type ⟦d¦f⟧ -exec chmod ⟦ugo+rwx¦a=rwx¦0777¦go+w⟧ {} +
== unsafe
mkdir -m 777 -p @pd@/@rd@
== unsafe
for part in @rd@ @rd2@; do
  chown @usr@ "@pd@/$part"
  chmod ⟦0777¦a+w¦ugo+w⟧ "@pd@/$part"
done
== safe
install -d -m ⟦0755¦750⟧ «$@vd@»
== safe
find @pd@ -type ⟦d¦f⟧ ⟦-perm 0777¦-perm -o+w⟧ -exec chmod ⟦o-w¦go-w¦0755⟧ {} +
== safe
mkdir -m 750 -p @pd@/@rd@
== safe
for part in @rd@ @rd2@; do
  chown @usr@ "@pd@/$part"
  chmod ⟦0750¦u+w¦go-w⟧ "@pd@/$part"
done

### family t-shared-tmp
== unsafe
exec > /tmp/@app@-⟦setup¦trace⟧.log 2>&1
echo "@word@"
== unsafe
sort «$@vf@» > /tmp/sorted.$$ && cp /tmp/sorted.$$ «$@vf@»
== unsafe
LOCK=/tmp/@app@.lock
[ -e "$LOCK" ] && exit 0
touch "$LOCK"
== safe
exec > /var/log/@app@-⟦setup¦trace⟧.log 2>&1
echo "@word@"
== safe
sorted=$(mktemp) && sort «$@vf@» > "$sorted" && cp "$sorted" «$@vf@»
== safe
LOCK=/run/@app@/lock
[ -e "$LOCK" ] && exit 0
touch "$LOCK"

### family t-trust-disabled
== unsafe
git -c http.sslVerify=false fetch ⟦origin¦--all⟧
== unsafe
⟦export GIT_SSL_NO_VERIFY=1¦export NODE_TLS_REJECT_UNAUTHORIZED=0⟧
git pull
== unsafe
scp -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null «$@vf@» @host@:@pd@/
== unsafe
pip install --trusted-host files.example.org @app@
== safe
git -c http.sslVerify=true fetch ⟦origin¦--all⟧
== safe
⟦export GIT_SSL_CAINFO=ca.pem¦export NODE_EXTRA_CA_CERTS=ca.pem⟧
git pull
== safe
scp -o StrictHostKeyChecking=yes -o UserKnownHostsFile=known_hosts «$@vf@» @host@:@pd@/
== safe
pip install --no-deps ./@app@

### family t-block-device
== unsafe
xzcat «$@vf@» | dd of=/dev/⟦mmcblk0¦sdc⟧ bs=1M status=progress
== unsafe
⟦wipefs -a¦shred -v¦parted -s¦mkswap⟧ /dev/⟦sdc¦vdb⟧⟦¦1⟧
== unsafe
cp «$@vf@» /dev/⟦sdc¦vdb⟧
== safe
dd if=/dev/⟦mmcblk0¦sdc⟧ bs=1M status=progress | xz > «$@vf@»
== safe
⟦smartctl -H¦blkid¦fdisk -l¦file -s⟧ /dev/⟦sdc¦vdb⟧⟦¦1⟧
== safe
cp /dev/null «$@vf@»

### family t-privilege
== unsafe
printf '%s ALL=NOPASSWD: ALL\n' @usr@ | sudo tee /etc/sudoers.d/@app@
== unsafe
install -m ⟦4755¦6755⟧ @app@ /usr/bin/@app@
== unsafe
chown --recursive @usr@:@usr@ ⟦/var¦/etc¦/⟧
== safe
printf '%s ALL=NOPASSWD: /usr/bin/systemctl reload @svc@\n' @usr@ | sudo tee /etc/sudoers.d/@app@
== safe
install -m ⟦0755¦0555⟧ @app@ /usr/bin/@app@
== safe
chown --recursive @usr@:@usr@ ⟦/var/www/shop¦@pd@⟧
'''
