"""More training families: each concept in many commands, so that a model learns the concept
and not one command's name. Short families; most are a risky line and its harmless twin."""

SOURCE = r'''
### family w-pipe-other-shells
== unsafe
⟦curl -s¦curl -fL¦wget -O -⟧ @url@ | ⟦zsh¦ksh¦sudo -E bash -¦python3¦perl -¦ruby¦php⟧
== unsafe
. <(⟦curl -s¦wget -qO-⟧ «$@vu@»)
== safe
⟦curl -s¦curl -fL¦wget -O -⟧ @url@ | ⟦python3 -m json.tool¦tar -xzf - -C @pd@¦gunzip¦sort -u¦shellcheck -⟧
== safe
. ⟦./functions.sh¦/etc/default/@app@⟧

### family w-run-unchecked
== unsafe
curl -LO https://example.com/@app@.⟦py¦run⟧
⟦python3 ./@app@.py¦chmod +x @app@.run && ./@app@.run⟧
== unsafe
if curl -fo setup.py @url@; then
  python3 setup.py install
fi
== safe
if curl -fo setup.py @url@; then
  sha256sum -c setup.py.sha256 && python3 setup.py install
fi
== safe
curl -LO https://example.com/@app@.run
gpg --verify @app@.run.sig @app@.run || exit 1
chmod +x @app@.run && ./@app@.run

### family w-words-as-code
== unsafe
⟦printf 'next: '; ¦⟧read -r answer; ⟦eval "$answer"¦bash -c "$answer"¦echo "$answer" | bash⟧
== unsafe
ssh @host@ "⟦rm -f¦cat¦ls -l⟧ $1"
== unsafe
find . -name '*.@ext@' -exec ⟦sh¦bash⟧ -c "⟦gzip -f¦md5sum⟧ {}" \;
== unsafe
key=$1
eval "⟦val=\$$key¦$key=on⟧"
== safe
⟦printf 'next: '; ¦⟧read -r answer; ⟦echo "you typed $answer"¦grep -F "$answer" words.txt¦echo "$answer" | tr a-z A-Z⟧
== safe
ssh @host@ "⟦rm -f @app@.@ext@¦cat /etc/hosts¦ls -l⟧"
== safe
find . -name '*.@ext@' -exec ⟦sh¦bash⟧ -c '⟦gzip -f¦md5sum⟧ "$1"' _ {} \;
== safe
key=$1
⟦val=${!key}¦declare "$key=on"⟧

### family w-delete-under
== unsafe
wipe() {
  echo "wiping $1"
  rm -rf «$1»/*
}
== unsafe
. ./@app@.env
rm -fr "$APP_DATA"/*
== unsafe
case "$1" in
  purge) rm -rf "$@vd@/" ;;
esac
== safe
wipe() {
  echo "wiping $1"
  rm -rf "${1:?}"/*
}
== safe
. ./@app@.env
rm -fr "${APP_DATA:?}"/*
== safe
case "$1" in
  purge) rm -rf "${@vd@:?}/" ;;
esac
== safe
wipe() {
  [ -d «$1/@rd@» ] || return 0
  rm -rf «$1/@rd@»
}

### family w-modes
== unsafe
install -m ⟦777¦0777¦666⟧ @app@.conf @pd@/
== unsafe
find «$@vd@» -type d -exec chmod ⟦777¦a+rwx¦o+w⟧ {} \;
== unsafe
mkdir -p -m ⟦0777¦777⟧ «$@vd@»
== unsafe
for d in logs @rd@; do
  mkdir -p "$d"
  chmod ⟦a+w¦777¦ugo+rwx⟧ "$d"
done
== safe
install -m ⟦755¦0640¦644⟧ @app@.conf @pd@/
== safe
find «$@vd@» -type d ⟦-perm 777 ¦⟧-exec chmod ⟦755¦g+rx¦o-w⟧ {} \;
== safe
mkdir -p -m ⟦0755¦700⟧ «$@vd@»
== safe
for d in logs @rd@; do
  mkdir -p "$d"
  chmod ⟦u+w¦750¦o-rwx⟧ "$d"
done

### family w-tmp-files
== unsafe
exec 2> /tmp/@app@.err
== unsafe
sort «$@vf@» > /tmp/⟦out¦@app@.$$⟧
mv /tmp/⟦out¦@app@.$$⟧ «$@vf@»
== unsafe
touch /tmp/@app@.⟦lock¦done¦pid⟧
== safe
exec 2> /var/log/@app@.err
== safe
t=$(mktemp)
sort «$@vf@» > "$t"
cat "$t" > «$@vf@»
rm -f "$t"
== safe
touch /run/@app@.⟦lock¦done¦pid⟧

### family w-no-verification
== unsafe
⟦export GIT_SSL_NO_VERIFY=true¦git config http.sslVerify false¦npm config set strict-ssl false⟧
== unsafe
⟦rsync -e 'ssh -o StrictHostKeyChecking=no' -a @rd@/ @host@:@pd@/¦scp -o StrictHostKeyChecking=no @app@.@ext@ @host@:@pd@/⟧
== unsafe
pip install --trusted-host pypi.example.com @app@
== safe
⟦export GIT_SSL_CAINFO=/etc/ssl/ca.pem¦git config http.sslVerify true¦npm config set strict-ssl true⟧
== safe
⟦rsync -e 'ssh -o StrictHostKeyChecking=yes' -a @rd@/ @host@:@pd@/¦scp -o StrictHostKeyChecking=yes @app@.@ext@ @host@:@pd@/⟧

### family w-disks
== unsafe
⟦zcat «$@vf@» | dd of=¦wipefs --all ¦mkswap ¦shred ¦mkfs.xfs -f ⟧/dev/⟦sda1¦sdb¦nvme0n1⟧
== safe
⟦dd count=1 if=¦blkid ¦smartctl -a ¦hdparm -I ¦fdisk -l ⟧/dev/⟦sda1¦sdb¦nvme0n1⟧
== safe
mkswap «$@vf@»

### family w-root-for-all
== unsafe
echo '%@usr@ ALL=NOPASSWD:ALL' | sudo tee /etc/sudoers.d/@app@
== unsafe
⟦install -m 4755 @app@ /usr/local/bin/¦chmod +s /usr/bin/@app@⟧
== safe
echo '%@usr@ ALL=NOPASSWD:/usr/bin/@app@' | sudo tee /etc/sudoers.d/@app@
== safe
⟦install -m 0755 @app@ /usr/local/bin/¦chmod -s /usr/bin/@app@⟧

### family w-groups
== non-idempotent
⟦addgroup --system ¦groupadd ¦groupadd -r ⟧@usr@
== non-idempotent
adduser --system --home @pd@ @usr@
== safe
getent group @usr@ >/dev/null || ⟦addgroup --system ¦groupadd ¦groupadd -r ⟧@usr@
== safe
if ! id @usr@ >/dev/null 2>&1; then
  adduser --system --home @pd@ @usr@
fi
== safe
groupadd -f @usr@

### family w-tee-append
== non-idempotent
echo '@key@' | sudo tee -a @cf@
== non-idempotent
printf '%s\n' '@key@' >> @cf@
systemctl restart @svc@
== non-idempotent
{ echo; echo '@key@'; } >> @cf@
== non-idempotent
cat snippet.conf >> @cf@
== safe
echo '@key@' | sudo tee /etc/@app@/local.conf
== safe
printf '%s\n' '@key@' > /etc/@app@/local.conf
systemctl restart @svc@
== safe
fgrep -q '@key@' @cf@ || echo '@key@' | sudo tee -a @cf@
== safe
{ echo; date; echo '@word@'; } >> @lf@
== safe
if grep -q '@key@' @cf@; then
  echo "already there"
else
  printf '%s\n' '@key@' >> @cf@
fi

### family w-mkdir-loop
== non-idempotent
for d in etc var @rd@; do
  mkdir «$@vd@/$d»
done
== non-idempotent
cd «$@vd@» && mkdir logs && touch logs/.keep
== safe
for d in etc var @rd@; do
  mkdir -p «$@vd@/$d»
done
== safe
for d in etc var @rd@; do
  [ -d «$@vd@/$d» ] || mkdir «$@vd@/$d»
done
== safe
cd «$@vd@» && mkdir -p logs && touch logs/.keep
== safe
if mkdir «$@vd@/lock» 2> /dev/null; then
  echo "@word@"
  rmdir «$@vd@/lock»
fi

### family w-link-loop
== non-idempotent
for f in bashrc vimrc gitconfig; do
  ln -s «$PWD/$f» «$HOME/.$f»
done
== non-idempotent
ln ⟦-s ¦⟧@pd@/@app@.conf /etc/@app@.conf
== safe
for f in bashrc vimrc gitconfig; do
  ln -sf «$PWD/$f» «$HOME/.$f»
done
== safe
for f in bashrc vimrc gitconfig; do
  [ -L «$HOME/.$f» ] && continue
  ln -s «$PWD/$f» «$HOME/.$f»
done
== safe
ln -f ⟦-s ¦⟧@pd@/@app@.conf /etc/@app@.conf

### family w-git-changes
== non-idempotent
git ⟦remote add origin «$@vu@»¦branch «$@vn@»¦tag v@ver@¦submodule add «$@vu@»¦checkout -b «$@vn@»⟧
== safe
git ⟦remote set-url origin «$@vu@»¦branch -f «$@vn@»¦tag -f v@ver@¦submodule update --init¦checkout «$@vn@»⟧
== safe
git remote | grep -qx origin || git remote add origin «$@vu@»
== safe
git rev-parse -q --verify «$@vn@» > /dev/null || git branch «$@vn@»

### family w-cluster
== non-idempotent
⟦kubectl create -f «$@vf@»¦kubectl create secret generic @app@ --from-file=@app@.conf¦helm install @app@ ./chart¦docker volume create @app@ && docker create --name @app@ @img@:@ver@⟧
== safe
⟦kubectl apply -f «$@vf@»¦helm upgrade --install @app@ ./chart¦docker compose up -d⟧
== safe
kubectl get secret @app@ > /dev/null 2>&1 || kubectl create secret generic @app@ --from-file=@app@.conf

### family w-network
== non-idempotent
ip ⟦address add 10.0.0.@n@/24 dev eth1¦route add default via 10.0.0.1¦link add veth0 type veth⟧
== non-idempotent
⟦nft add rule inet filter forward drop¦brctl addbr br@n@¦iptables -I FORWARD -i eth1 -j ACCEPT⟧
== safe
ip ⟦address replace 10.0.0.@n@/24 dev eth1¦route replace default via 10.0.0.1¦link set veth0 up¦address show¦route get 10.0.0.@n@⟧
== safe
ip link show veth0 > /dev/null 2>&1 || ip link add veth0 type veth

### family w-sql
== non-idempotent
⟦mysql -e¦sudo -u postgres psql -c¦sqlite3 @app@.db⟧ "⟦CREATE TABLE items (id int)¦CREATE INDEX idx ON items (id)¦INSERT INTO items VALUES (@n@)¦UPDATE items SET n = n + 1⟧"
== safe
⟦mysql -e¦sudo -u postgres psql -c¦sqlite3 @app@.db⟧ "⟦CREATE TABLE IF NOT EXISTS items (id int)¦CREATE INDEX IF NOT EXISTS idx ON items (id)¦DELETE FROM items WHERE id = @n@¦UPDATE items SET n = @n@⟧"
== non-idempotent
mysql -e "CREATE DATABASE @app@"
== safe
mysql -e "CREATE DATABASE IF NOT EXISTS @app@"

### family w-edits
== non-idempotent
⟦sed -i 's/^\(OPTS=.*\)$/\1 -v/' «$@vf@»¦sed -i '/^\[main\]/a debug=1' «$@vf@»¦perl -pi -e 's/$/;/' «$@vf@»¦patch -p0 < fix.patch¦git apply fix.patch⟧
== safe
⟦sed -i 's/^OPTS=.*$/OPTS=-v/' «$@vf@»¦sed -i '/^debug/d' «$@vf@»¦perl -pi -e 's/;$//' «$@vf@»¦patch -p0 --dry-run < fix.patch¦git apply --check fix.patch⟧
== safe
grep -q '^debug=1' «$@vf@» || sed -i '/^\[main\]/a debug=1' «$@vf@»

### family w-away
== non-idempotent
⟦mv @app@.conf @app@.conf.bak && cp new.conf @app@.conf¦mv «$@vd@» «$@vd@-old»¦rm @pd@/ready¦rmdir @pd@/@rd@¦unlink @pd@/current⟧
== safe
⟦cp -f @app@.conf @app@.conf.bak && cp new.conf @app@.conf¦cp -a «$@vd@/.» «$@vd@-old»¦rm -f @pd@/ready¦rmdir @pd@/@rd@ 2> /dev/null || true⟧
== safe
if [ -d «$@vd@» ]; then
  rm -rf «$@vd@-old»
  mv «$@vd@» «$@vd@-old»
fi

### family w-clock
== non-deterministic
⟦zip -r¦tar -cf¦7z a⟧ "@app@_$(date ⟦+%Y%m%d¦--iso-8601¦+%H%M¦+%s⟧).⟦zip¦pack⟧" @rd@
== non-deterministic
now=$(date ⟦+%s¦+%F_%T¦--iso-8601=seconds⟧)
mkdir -p "@pd@/$now"
cp -a @rd@ "@pd@/$now/"
== non-deterministic
docker tag @app@ "@img@:$(date +%Y%m%d)" && docker push @img@
== non-deterministic
mysqldump @app@ > "dump-$(date +⟦%u¦%F¦%j⟧).sql"
== non-deterministic
logfile=build-$(date +%s).log
make > "$logfile" 2>&1
== safe
⟦zip -r¦tar -cf¦7z a⟧ "@app@_$(⟦git describe¦cat VERSION¦git rev-parse HEAD⟧).⟦zip¦pack⟧" @rd@
== safe
now=$(date ⟦+%s¦+%F_%T⟧)
mkdir -p @pd@/@rd@
echo "$now copied @rd@" >> @lf@
== safe
docker tag @app@ "@img@:$(git rev-parse --short HEAD)" && docker push @img@
== safe
mysqldump @app@ > dump.sql && echo "dumped on $(date +⟦%u¦%F¦%j⟧)"
== safe
logfile=build.log
make > ‹$logfile› 2>&1
echo "build ended $(date +%s)"
== safe
t0=$(date +%s)
make @app@
t1=$(date +%s)
echo "took $((t1 - t0)) s" >&2

### family w-written-time
== non-deterministic
⟦sed -i "s/@DATE@/$(date +%F)/" about.html¦printf 'built %s\n' "$(date)" > about.txt¦date > «$@vd@/stamp»¦date -u +%s > last-build⟧
== safe
⟦sed -i "s/@DATE@/$SOURCE_DATE_EPOCH/" about.html¦printf 'built %s\n' "@ver@" > about.txt¦date >&2¦date -u +%s⟧
== safe
⟦printf 'built %s\n' "$(date)" >&2¦logger "build at $(date)"¦touch «$@vd@/stamp»⟧

### family w-dice
== non-deterministic
⟦n=$((RANDOM % @n@)); echo "$n" > pick.txt¦python3 -c 'import random; print(random.random())' > pick.txt¦perl -e 'print rand' > pick.txt¦od -An -N2 -d /dev/random > pick.txt¦echo "id-${RANDOM}" > pick.txt¦uuidgen > pick.txt⟧
== safe
⟦n=$((@n@ % 4)); echo "$n" > pick.txt¦python3 -c 'import random; random.seed(1); print(random.random())' > pick.txt¦perl -e 'srand(5); print rand' > pick.txt¦od -An -N2 -d seed.bin > pick.txt¦echo "id-${HOSTNAME}" > pick.txt¦echo 'uuidgen $RANDOM' > pick.txt⟧
== safe
RANDOM=1; n=$((RANDOM % @n@)); echo "$n" > pick.txt

### family w-own-number
== non-deterministic
⟦mkdir -p «work.$$» && cp «$@vf@» «work.$$/»¦./@app@ > "result.$$"¦tar -cf "@rd@-$BASHPID.tar" @rd@⟧
== safe
⟦mkdir -p work && cp «$@vf@» work/¦./@app@ > result.txt¦tar -cf @rd@.tar @rd@⟧
?echo "process $$ is ready" >&2
== safe
echo $$ > /run/@app@.pid

### family w-any-order
== non-deterministic
find @rd@ -type f ⟦-exec sha1sum {} + > sums.txt¦| xargs cat > joined.@ext@¦> files.lst¦| tail -n 1 > last.txt⟧
== non-deterministic
grep -rl ⟦main¦@app@⟧ @rd@ | head -n 1 > first-match.txt
== safe
find @rd@ -type f | sort ⟦| xargs sha1sum > sums.txt¦| xargs cat > joined.@ext@¦> files.lst¦| tail -n 1 > last.txt⟧
== safe
grep -rl ⟦main¦@app@⟧ @rd@ | sort | head -n 1 > first-match.txt
== safe
find @rd@ -type f -name '*.bak' -exec rm -f {} +

### family w-table-order
== non-deterministic
⟦awk '{ c[$1]++ } END { for (i in c) print i, c[i] }' «$@vf@» > stat.txt¦perl -ne '$n{$_}++; END { print keys %n }' «$@vf@» > stat.txt⟧
== safe
⟦awk '{ c[$1]++ } END { for (i in c) print i, c[i] }' «$@vf@» | sort > stat.txt¦perl -ne '$n{$_}++; END { print sort keys %n }' «$@vf@» > stat.txt¦awk '{ s += $1 } END { print s }' «$@vf@» > stat.txt⟧

### family w-at-once
== non-deterministic
⟦parallel ./@app@ ::: *.@ext@ > all.txt¦ls *.@ext@ | xargs -P 4 -n 1 ./@app@ > all.txt¦(./@app@ a & ./@app@ b & wait) > all.txt⟧
== safe
⟦parallel -k ./@app@ ::: *.@ext@ > all.txt¦ls *.@ext@ | xargs -n 1 ./@app@ > all.txt¦(./@app@ a; ./@app@ b) > all.txt⟧

### family w-follow-newest
== non-deterministic
⟦podman pull @img@:latest¦curl -LO https://example.com/@app@/latest/@app@.zip¦pip install --upgrade --pre @app@¦last=$(ls -t | head -1); cp "$last" result⟧
== safe
⟦podman pull @img@:@ver@¦curl -LO https://example.com/@app@/@ver@/@app@.zip¦pip install -r requirements.lock¦last=$(ls | sort | tail -1); cp "$last" result⟧

### family w-unused-name
== non-deterministic
⟦fifo=$(mktemp -u); mkfifo "$fifo"¦sock=$(mktemp --dry-run); ./@app@ "$sock"⟧
== safe
⟦d=$(mktemp -d); mkfifo "$d/fifo"¦d=$(mktemp -d); ./@app@ "$d/sock"⟧
'''
