"""Unseen-template families about runs that differ: the concepts of train_order in other commands and layouts."""

SOURCE = r'''
### family t-chance
== non-deterministic
color=$((RANDOM % 3))
case $color in
  0) echo red ;;
  *) echo green ;;
esac > theme.txt
== non-deterministic
name="@app@-${RANDOM}"
lxc info «$name» > «$@vd@/$name.@ext@»
== non-deterministic
perl -e 'print int(rand(@n@))' > lucky.txt
== non-deterministic
python3 -c 'import random; print(random.randint(1, @n@))' > «$@vo@»
== safe
color=$((@n@ % 3))  # was RANDOM
case $color in
  0) echo red ;;
  *) echo green ;;
esac > theme.txt
== safe
name="@app@-${HOSTNAME}"
lxc info «$name» > «$@vd@/$name.@ext@»
== safe
perl -e 'srand(1); print int(rand(@n@))' > lucky.txt
== safe
python3 -c 'import random; random.seed(7); print(random.randint(1, @n@))' > «$@vo@»
== safe
awk '/RANDOM/ { print FILENAME ": uses RANDOM" }' «$@vf@»

### family t-clock-name
== non-deterministic
mysqldump @app@ | gzip > "@pd@/@app@_$(date ⟦--iso-8601¦+%A¦+%d-%m-%y¦+%H%M%S⟧).sql.gz"
== non-deterministic
printf -v today '%(%Y%m%d)T' -1
cp -a @rd@ «@rd@-$today»
== non-deterministic
log=run-$(date +%s%N).txt
make check > «$log»
== non-deterministic
docker build -t "@img@:$(date +%Y%m%d)" .
== non-deterministic
zip -r "@app@-${EPOCHSECONDS}.zip" @rd@
== safe
mysqldump @app@ | gzip > "@pd@/@app@.sql.gz"
logger "dump of @app@ done at $(date ⟦--iso-8601¦+%A⟧)"
== safe
printf -v today '%(%Y%m%d)T' -1
cp -a @rd@ @rd@-copy
printf 'copied on %s\n' "$today" >&2
== safe
log=run-@ver@.txt
make check > ‹$log›
echo "$(date +%s%N) checked" >&2
== safe
docker build -t "@img@:$(git rev-parse --short HEAD)" .
== safe
zip -r "@app@-$(date -u -d "@${SOURCE_DATE_EPOCH}" +%F).zip" @rd@
== safe
zip -r "@app@-$(cat VERSION).zip" @rd@
== safe
mysqldump @app@ | gzip > "@pd@/@app@_$(date -r «$@vf@» +%F).sql.gz"

### family t-stamped-content
== non-deterministic
{
  echo "title: @app@"
  echo "generated: $(date -R)"
} > «$@vo@»
== non-deterministic
sed "s/@BUILT@/$(date)/" index.html.in > index.html
== non-deterministic
jq -n --arg at "$(date -Iseconds)" '{app: "@app@", at: $at}' > «$@vd@/meta.json»
== safe
{
  echo "title: @app@"
  echo "version: @ver@"
} > «$@vo@»
echo "generated: $(date -R)"
== safe
sed "s/@BUILT@/@ver@/" index.html.in > index.html
== safe
jq -n --arg at "$(git log -1 --format=%cI)" '{app: "@app@", at: $at}' > «$@vd@/meta.json»
== safe
# $(date) is not written here: the output must not change
{
  echo "title: @app@"
  echo "version: @ver@"
} > «$@vo@»

### family t-process-number
== non-deterministic
mkfifo «$@vd@/pipe.$$»
== non-deterministic
ps aux > "processes_$BASHPID.txt"
== non-deterministic
tarball="@app@.$$.tar"
tar -cf ‹$tarball› @rd@
== safe
echo "$$" > /run/@app@/main.pid
exec sleep infinity
== safe
ps aux > processes.txt
renice -n 5 -p $$
== safe
tarball="@app@.tar"
tar -cf ‹$tarball› @rd@
logger "packed by process $$"

### family t-unsorted
== non-deterministic
find @rd@ -type f -exec md5sum {} + > SUMS
== non-deterministic
find «$@vd@» -type f -printf '%f\n' > ⟦MANIFEST¦«$@vo@»⟧
== non-deterministic
read -r pick < <(find @rd@ -name '*.@ext@')
cp «$pick» current.@ext@
== non-deterministic
find «$@vd@» -name '*.@ext@' | tail -1 | xargs cat > config.out
== safe
find «$@vd@» -type f -printf '%f\n' | LC_ALL=C sort > ⟦MANIFEST¦«$@vo@»⟧
== safe
read -r pick < <(find @rd@ -name '*.@ext@' | sort)
cp «$pick» current.@ext@
== safe
find «$@vd@» -name '*.@ext@' | sort | tail -1 | xargs cat > config.out
== safe
find «$@vd@» -name '*.@ext@' | wc -l

### family t-map-order
== non-deterministic
declare -A seen
while read -r word; do seen[$word]=1; done < «$@vf@»
echo "${!seen[@]}" > words.txt
== non-deterministic
perl -ne '$c{$_}++; END { print for keys %c }' «$@vf@» > counts.txt
== non-deterministic
awk '{ n[$1]++ } END { for (k in n) print k, n[k] }' «$@vf@» > counts.txt
== safe
declare -A seen
while read -r word; do seen[$word]=1; done < «$@vf@»
printf '%s\n' "${!seen[@]}" | sort > words.txt
== safe
perl -ne '$c{$_}++; END { print for sort keys %c }' «$@vf@» > counts.txt
== safe
awk '{ n[$1]++ } END { for (k in n) print k, n[k] }' «$@vf@» | sort > counts.txt

### family t-racing-jobs
== non-deterministic
parallel ⟦-j @n@ ¦⟧./@app@ {} ::: *.@ext@ > all.out
== non-deterministic
{
  ./@app@ --first &
  ./@app@ --second &
  wait
} > both.out
== non-deterministic
ls *.@ext@ | xargs -P 0 -I{} ./@app@ {} > all.out
== safe
parallel --keep-order ⟦-j @n@ ¦⟧./@app@ {} ::: *.@ext@ > all.out
== safe
./@app@ --first > first.out &
./@app@ --second > second.out &
wait
cat first.out second.out > both.out
== safe
ls *.@ext@ | xargs -I{} ./@app@ {} > all.out

### family t-fresh-secret
== non-deterministic
key=$(⟦pwgen -s 32 1¦cat /proc/sys/kernel/random/uuid¦tr -dc a-z0-9 < /dev/urandom | head -c 12⟧)
printf 'key: %s\n' «$key» > ⟦@app@.yaml¦«$@vo@»⟧
== non-deterministic
sample=$(shuf -n 1 «$@vf@»)
mail -s "pick of the day: $sample" @usr@ < /dev/null
== safe
key=$(⟦cat @pd@/key¦printf @app@ | md5sum | cut -c 1-12¦hostname⟧)
printf 'key: %s\n' «$key» > ⟦@app@.yaml¦«$@vo@»⟧
== safe
sample=$(head -n 1 «$@vf@»)
mail -s "pick of the day: $sample" @usr@ < /dev/null

### family t-moving-target
== non-deterministic
podman run --rm ⟦--pull=always ¦⟧@img@:latest ⟦--help¦make test⟧
== non-deterministic
wget https://example.org/@app@/releases/latest/download/@app@.tgz
== safe
podman run --rm @img@:@ver@ ⟦--help¦make test⟧
== safe
wget https://example.org/@app@/releases/@ver@/download/@app@.tgz

### family t-dry-name
== non-deterministic
socket=$(mktemp ⟦-u @app@.XXXXXX¦--dry-run --suffix=.sock⟧)
./@app@ --listen «$socket»
== non-deterministic
newest=$(ls -1t «$@vd@» | head -1)
tar -xzf «$@vd@/$newest»
== safe
socket=/run/@app@/@app@.sock
./@app@ --listen ‹$socket›
== safe
newest=$(ls -1 «$@vd@» | sort -V | tail -1)
tar -xzf «$@vd@/$newest»
'''
