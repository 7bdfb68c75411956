"""Training families about danger: each has the risky form and the form that only looks like it."""

SOURCE = r'''
### family pipe-download
== unsafe
curl ⟦-fsSL¦-sSL¦-s¦-L⟧ @url@ | ⟦sh¦bash¦sudo bash¦sudo sh¦bash -s -- --yes⟧
== unsafe
wget ⟦-qO-¦-q -O -⟧ «$@vu@» | ⟦sh¦bash¦sudo sh⟧
== unsafe
@vu@=${1:-@url@}
echo "installing from $@vu@"
curl -fsSL «$@vu@» | bash
== safe
curl ⟦-fsSL¦-sSL¦-s¦-L⟧ @url@ | ⟦sha256sum¦wc -c¦grep -c bash¦head -n @n@¦less⟧
== safe
wget ⟦-qO-¦-q -O -⟧ «$@vu@» | ⟦grep -v sh¦sha256sum¦tee install.sh⟧
== safe
@vu@=${1:-@url@}
echo "downloading from $@vu@"
curl -fsSL «$@vu@» -o install.sh
echo 'now read install.sh, then run: bash install.sh'

### family download-run
== unsafe
curl -fsSLo install.sh @url@
chmod +x install.sh
./install.sh
== unsafe
wget -q @url@ -O setup.sh
?echo "running installer"
⟦sh¦bash¦sudo bash⟧ setup.sh
== unsafe
curl -fsSL @url@ -o setup.sh && ⟦sh¦bash⟧ setup.sh
== safe
wget -q @url@ -O setup.sh
⟦sha256sum¦sha512sum⟧ -c setup.sh.sha256 || exit 1
⟦sh¦bash¦sudo bash⟧ setup.sh
== safe
curl -fsSL @url@ -o setup.sh && ⟦sha256sum -c --quiet SHA256SUMS¦gpg --verify setup.sh.asc setup.sh⟧ && ⟦sh¦bash⟧ setup.sh
== safe
curl -fsSLo «$@vf@» @url@
echo "saved to $@vf@"

### family shell-of-download
== unsafe
⟦bash¦sh⟧ -c "$(⟦curl -fsSL¦wget -qO-⟧ @url@)"
== unsafe
eval "$(curl -fsSL «$@vu@»)"
== safe
version="$(⟦curl -fsSL¦wget -qO-⟧ @url@)"
echo "remote version: $version"
== safe
expected="$(curl -fsSL «$@vu@»)"
[ "$expected" = "@ver@" ] || echo "update needed"

### family eval-input
== unsafe
eval «$1»
== unsafe
read -r -p "command: " cmd
eval "$cmd"
== unsafe
@vn@=$1
eval "⟦export $@vn@=1¦${@vn@}_dir=@pd@¦ls $@vn@⟧"
== unsafe
for arg in "$@"; do
  eval "$arg"
done
== safe
eval "$(⟦ssh-agent -s¦dircolors -b¦brew shellenv¦direnv hook bash⟧)"
== safe
read -r -p "command: " cmd
case $cmd in
  start|stop) systemctl "$cmd" @svc@ ;;
  *) echo "unknown command: $cmd" ;;
esac
== safe
@vn@=$1
export @vn@
ls «$@vn@»
== safe
for arg in "$@"; do
  echo "$arg"
done

### family sh-c-injection
== unsafe
⟦sh¦bash⟧ -c "⟦ls -l¦cat¦du -sh⟧ $@vf@"
== unsafe
⟦sudo su¦su⟧ - @usr@ -c "⟦cp¦cat¦gzip⟧ $1"
== safe
⟦sh¦bash⟧ -c '⟦ls -l¦cat¦du -sh⟧ "$1"' _ «$@vf@»
== safe
⟦sh¦bash⟧ -c '⟦cp "$1" "$1.bak"¦gzip -kf "$1"⟧' _ «$@vf@»
== safe
⟦sudo su¦su⟧ - @usr@ -c "⟦cp -r site backup¦crontab -l¦git pull⟧"

### family rm-rf-variable
== unsafe
rm -rf «$@vd@»/*
== unsafe
rm -rf «$@vd@/»
== unsafe
@vd@=$1
echo "cleaning $@vd@"
rm -rf ⟦«$@vd@»/*¦«$@vd@/»⟧
mkdir -p «$@vd@»
== unsafe
sudo rm -rf ⟦«$1»/*¦«$1/»¦«$@vd@»/*⟧
== safe
rm -rf "${@vd@:?}"/*
== safe
rm -rf "${@vd@:?not set}/"
== safe
[ -n "$@vd@" ] && rm -rf "$@vd@"/*
== safe
@vd@=$1
echo "cleaning $@vd@"
rm -rf "${@vd@:?}"⟦/*¦/⟧
mkdir -p «$@vd@»
== safe
if [ -z "$@vd@" ]; then
  echo "@vd@ is empty" >&2
  exit 1
fi
rm -rf "$@vd@"/*
== safe
@vd@=$(mktemp -d)
cp -r @rd@ «$@vd@»
rm -rf «$@vd@»
== safe
rm -rf @pd@/@rd@/*
== safe
sudo rm -rf «$@vd@»

### family cd-then-delete
== unsafe !e
cd «$@vd@»
rm -rf ⟦*¦./*⟧
== unsafe !e
cd @pd@/@rd@
⟦rm -rf ./*¦find . -type f -delete⟧
== unsafe !e
cd «$1»; rm -rf *
== safe
cd «$@vd@» && rm -rf ./*
== safe
cd @pd@/@rd@ || exit 1
⟦rm -rf ./*¦find . -type f -delete⟧
== safe
cd «$1» || { echo "no such directory: $1" >&2; exit 1; }
rm -rf ./*

### family chmod-world
== unsafe
chmod ⟦777¦-R 777¦a+rwx¦o+w¦-R a+w¦0777¦666⟧ «$@vd@»
== unsafe
mkdir -p @pd@/@rd@
?chown @usr@ @pd@/@rd@
chmod ⟦777¦-R 777¦a+rwx¦o+w⟧ @pd@/@rd@
== unsafe
umask ⟦000¦0000⟧
touch «$@vf@»
== safe
chmod ⟦755¦-R 750¦u+rwx¦o-w¦-R a+r¦0700¦644¦-R go-w⟧ «$@vd@»
== safe
mkdir -p @pd@/@rd@
?chown @usr@ @pd@/@rd@
chmod ⟦755¦-R 750¦u+rwx¦o-w⟧ @pd@/@rd@
== safe
umask ⟦077¦0027⟧
touch «$@vf@»
== safe
if [ "$(stat -c %a «$@vf@»)" = ⟦777¦666⟧ ]; then
  echo "$@vf@ is world-writable"
  chmod o-w «$@vf@»
fi

### family tmp-fixed-name
== unsafe
@vo@=/tmp/@app@.⟦log¦out¦$$⟧
⟦ps aux¦df -h¦dpkg -l⟧ > «$@vo@»
== unsafe
⟦ps aux¦df -h¦netstat -tln⟧ > /tmp/@app@⟦.txt¦-report.txt¦.$$⟧
== unsafe
mkdir -p /tmp/@app@
tar -xzf «$@vf@» -C /tmp/@app@
== safe
@vo@=$(mktemp)
⟦ps aux¦df -h¦dpkg -l⟧ > «$@vo@»
== safe
@vt@=$(mktemp -d ⟦/tmp/@app@.XXXXXX¦-t @app@.XXXXXX⟧)
trap 'rm -rf "$@vt@"' EXIT
tar -xzf «$@vf@» -C «$@vt@»
== safe
mkdir -p @pd@/@app@
tar -xzf «$@vf@» -C @pd@/@app@
== safe
⟦ps aux¦df -h¦netstat -tln⟧ > /var/lib/@app@/report.txt

### family verification-off
== unsafe
curl ⟦-k¦--insecure¦-sk⟧ -o «$@vf@» https://example.com/@app@.tar.gz
== unsafe
wget --no-check-certificate https://example.com/@app@.tar.gz
== unsafe
ssh -o StrictHostKeyChecking=no «$@vn@@@host@» uptime
== unsafe
apt-get install -y --allow-unauthenticated @svc@
== safe
curl ⟦--fail¦-s¦--cacert ca.pem⟧ -o «$@vf@» https://example.com/@app@.tar.gz
== safe
wget ⟦--ca-certificate=ca.pem¦--timeout=30⟧ https://example.com/@app@.tar.gz
== safe
ssh -o ⟦StrictHostKeyChecking=yes¦ConnectTimeout=5¦BatchMode=yes⟧ «$@vn@@@host@» uptime
== safe
apt-get install -y --no-install-recommends @svc@

### family disk-device
== unsafe
dd if=«$@vf@» of=/dev/⟦sda¦sdb¦nvme0n1⟧ bs=4M
== unsafe
mkfs.ext4 ⟦-F ¦⟧«$1»
== unsafe
cat «$@vf@» > /dev/⟦sda¦sdb⟧
== safe
dd if=/dev/⟦sda¦sdb¦nvme0n1⟧ of=«$@vf@» bs=4M
== safe
dd if=/dev/zero of=«$@vf@» bs=1M count=@n@
== safe
cat «$@vf@» > /dev/null
== safe
lsblk ⟦-f ¦⟧«$1»

### family sudo-rights
== unsafe
echo "@usr@ ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/@usr@
== unsafe
chmod ⟦u+s¦4755¦+s⟧ ⟦/usr/local/bin/@app@¦«$@vf@»⟧
== unsafe
chown -R @usr@ ⟦/¦/usr¦/etc⟧
== safe
chown -R @usr@ ⟦@pd@¦«$@vd@»¦/home/@usr@⟧
== safe
chmod ⟦u-s¦0755¦+x⟧ ⟦/usr/local/bin/@app@¦«$@vf@»⟧
== safe
echo "@usr@ ALL=(root) /usr/sbin/service @svc@ restart" > /etc/sudoers.d/@usr@
chmod 0440 /etc/sudoers.d/@usr@
'''
