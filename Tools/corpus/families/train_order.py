"""Training families about runs that differ: time, chance, process ids and unsorted order."""

SOURCE = r'''
### family random-variable
== non-deterministic
job_id=$RANDOM
echo "job-$job_id" > job.name
== non-deterministic
port=$((RANDOM % 1000 + 8000))
⟦nc -l "$port"¦echo "using port $port" > port.conf⟧
== non-deterministic
cp «$@vf@» «$@vd@/copy-$RANDOM.@ext@»
== safe
RANDOM=@n@
port=$((RANDOM % 1000 + 8000))
echo "using port $port" > port.conf
== safe
# $RANDOM would change the port on every run
port=$((@n@ % 1000 + 8000))
⟦nc -l "$port"¦echo "using port $port" > port.conf⟧
== safe
cp «$@vf@» «$@vd@/copy-1.@ext@»
== safe
echo 'use $RANDOM for a random number' > hints.txt
== safe
grep -n '\$RANDOM' «$@vf@»

### family shuffle
== non-deterministic
shuf ⟦-n @n@ ¦⟧«$@vf@» > ⟦sample.@ext@¦«$@vo@»⟧
== non-deterministic
sort -R «$@vf@» | head -n @n@ > ⟦sample.@ext@¦«$@vo@»⟧
== safe
shuf --random-source=seed.bin ⟦-n @n@ ¦⟧«$@vf@» > ⟦sample.@ext@¦«$@vo@»⟧
== safe
sort ⟦-u ¦-n ¦-r ¦⟧«$@vf@» | head -n @n@ > ⟦sample.@ext@¦«$@vo@»⟧

### family awk-random
== non-deterministic
awk 'BEGIN { srand(); } { if (rand() < 0.1) print }' «$@vf@» > sample.@ext@
== safe
awk 'BEGIN { srand(@n@); } { if (rand() < 0.1) print }' «$@vf@» > sample.@ext@
== safe
awk 'BEGIN { FS = "," } { if ($1 < 0.1) print }' «$@vf@» > sample.@ext@

### family date-in-name
== non-deterministic
tar -czf "⟦backup¦@app@⟧-$(date +⟦%F¦%Y%m%d¦%s¦%Y-%m-%d_%H%M⟧).tar.gz" @rd@
== non-deterministic
stamp=$(date +⟦%s¦%Y%m%d%H%M%S⟧)
?echo "@word@"
pg_dump @app@ > «$@vd@/@app@-$stamp.sql»
== non-deterministic
@vo@="report_$(date ⟦+%F¦+%H%M⟧).txt"
df -h > «$@vo@»
== non-deterministic
cp «$@vf@» «$@vf@.$(date +%s)»
== safe
echo "$(date ⟦+%F¦+%Y%m%d¦+%s⟧) @word@" >> @lf@
tar -czf ⟦backup¦@app@⟧.tar.gz @rd@
== safe
echo "started at $(date)" >&2
pg_dump @app@ > «$@vd@/@app@.sql»
== safe
@vo@="report_@ver@.txt"
df -h > ‹$@vo@›
echo "finished: $(date)"
== safe
stamp=$(date -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)
tar -czf «$@vd@/@app@-$stamp.tar.gz» @rd@
== safe
@vo@="report-$(git describe --tags).txt"
df -h > «$@vo@»

### family date-in-content
== non-deterministic
echo "build_time=$(date ⟦+%s¦-u +%FT%TZ¦⟧)" > ⟦version.txt¦«$@vd@/build.info»⟧
== non-deterministic
cat > build.h <<EOF
#define BUILD_DATE "$(date)"
#define VERSION "@ver@"
EOF
== safe
echo "build_version=@ver@" > ⟦version.txt¦«$@vd@/build.info»⟧
echo "build finished $(date +%s)" >&2
== safe
cat > build.h <<EOF
#define BUILD_DATE "$SOURCE_DATE_EPOCH"
#define VERSION "@ver@"
EOF
== safe
cat > build.h <<'EOF'
/* fill in with $(date) if needed */
#define VERSION "@ver@"
EOF

### family pid-name
== non-deterministic
cp «$@vf@» «$@vd@/@app@.$$»
== non-deterministic
@vo@=@app@-$$.out
./@app@ > "$@vo@"
== safe
echo $$ > /run/@app@.pid
./@app@ > @app@.out
== safe
./@app@ &
pid=$!
?echo "worker is $pid, shell is $$"
wait "$pid"
== safe
trap 'kill -TERM $$' INT
cp «$@vf@» «$@vd@/@app@.out»

### family find-first
== non-deterministic
first=$(find «$@vd@» -name '*.@ext@' | head -n 1)
⟦cat «$first»¦cp «$first» result.@ext@⟧
== non-deterministic
find ⟦@rd@¦.⟧ -name '*.@ext@' -print -quit > chosen.txt
== non-deterministic
find ⟦@rd@¦.⟧ -name '*.@ext@' ⟦-exec cat {} +¦-print0 | xargs -0 cat⟧ > all.merged
== safe
first=$(find «$@vd@» -name '*.@ext@' | sort | head -n 1)
⟦cat «$first»¦cp «$first» result.@ext@⟧
== safe
find ⟦@rd@¦.⟧ -name '*.@ext@' -print0 | sort -z | xargs -0 cat > all.merged
== safe
find ⟦@rd@¦.⟧ -name '*.@ext@' | sort > chosen.txt
== safe
find ⟦@rd@¦.⟧ -name '*.@ext@' | wc -l > count.txt

### family newest-file
== non-deterministic
latest=$(ls -t @rd@ | head -n 1)
cp «@rd@/$latest» «$@vd@/result»
== non-deterministic
ls -U «$@vd@» | head -n @n@ > list.txt
== safe
latest=$(ls @rd@ | sort | tail -n 1)
cp «@rd@/$latest» «$@vd@/result»
== safe
ls «$@vd@» | sort | head -n @n@ > list.txt

### family hash-order
== non-deterministic
declare -A ports=([web]=80 [db]=5432 [@app@]=@n@)
for k in "${!ports[@]}"; do
  echo "$k=${ports[$k]}"
done > ports.conf
== safe
declare -A ports=([web]=80 [db]=5432 [@app@]=@n@)
for k in web db @app@; do
  echo "$k=${ports[$k]}"
done > ports.conf
== safe
declare -A ports=([web]=80 [db]=5432 [@app@]=@n@)
for k in "${!ports[@]}"; do
  echo "$k=${ports[$k]}"
done | sort > ports.conf

### family background-order
== non-deterministic
rm -f results.out
for f in *.@ext@; do
  ./@app@ «$f» >> results.out &
done
wait
== non-deterministic
printf '%s\n' *.@ext@ | xargs -P @n@ -n 1 ./@app@ > results.out
== safe
for f in *.@ext@; do
  ./@app@ «$f» > «$f.out» &
done
wait
== safe
printf '%s\n' *.@ext@ | xargs -n 1 ./@app@ > results.out
== safe
rm -f results.out
for f in *.@ext@; do
  ./@app@ «$f» >> results.out
done

### family token-source
== non-deterministic
token=$(⟦head -c 16 /dev/urandom | base64¦openssl rand -hex 16¦uuidgen⟧)
echo "token=$token" > app.conf
== safe
token=$(⟦sha256sum «$@vf@» | cut -d ' ' -f 1¦git rev-parse HEAD¦cat /etc/machine-id⟧)
echo "token=$token" > app.conf

### family mktemp-u
== non-deterministic
@vt@=$(mktemp ⟦-u¦--dry-run¦-u -t @app@.XXXX⟧)
cp «$@vf@» «$@vt@»
== safe
@vt@=$(mktemp ⟦-t @app@.XXXX¦-p @pd@⟧)
cp «$@vf@» «$@vt@»

### family moving-version
== non-deterministic
docker pull @img@:latest
⟦docker run --rm @img@:latest¦docker tag @img@:latest @app@⟧
== non-deterministic
npm install @app@⟦-cli¦-core⟧@latest
== safe
docker pull @img@:@ver@
⟦docker run --rm @img@:@ver@¦docker tag @img@:@ver@ @app@⟧
== safe
npm ⟦ci¦install @app@-core⟧

### family elapsed-time
== non-deterministic
echo "took $SECONDS seconds" > ⟦summary.txt¦«$@vo@»⟧
== non-deterministic
sleep $((RANDOM % @n@)) && ⟦rsync -a @rd@/ @host@:@pd@/¦./@app@ --refresh⟧
== safe
echo "took $SECONDS seconds" >&2
== safe
sleep @n@ && ⟦rsync -a @rd@/ @host@:@pd@/¦./@app@ --refresh⟧
'''
