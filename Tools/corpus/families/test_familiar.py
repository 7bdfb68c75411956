"""Unseen-template families whose commands training knows, in other templates: here a model has
to read the arrangement, not to know a new command."""

SOURCE = r'''
### family k-installer
== unsafe
echo "@word@"
if ! curl -fsSL @url@ | bash; then
  echo "installer failed" >&2
  exit 1
fi
== unsafe
update_agent() {
  ⟦wget -qO- «$1» | sh¦bash -c "$(curl -fsSL «$1»)"¦eval "$(wget -qO- «$1»)"⟧
}
== unsafe
wget -q -O /root/setup.sh @url@ && bash /root/setup.sh --unattended
== safe
echo "@word@"
if ! curl -fsSL @url@ -o installer.sh; then
  echo "download failed" >&2
  exit 1
fi
== safe
update_agent() {
  wget -qO agent.sh «$1» && sha256sum -c agent.sha256 && bash agent.sh
}
== safe
cat <<'TEXT'
To install, run:
  curl -fsSL @url@ | bash
TEXT

### family k-danger-zone
== unsafe
if [ -e «$@vf@» ]; then
  chmod ⟦777¦a+w¦-R a+rwx⟧ «$@vf@»
else
  echo "@word@" >&2
fi
== unsafe
@vd@=$(readlink "$1")
rm -rf "$@vd@"/*
== unsafe
while read -r step; do
  eval "$step"
done < «$@vf@»
== unsafe
printf '%s\n' "@app@ @ver@" > /tmp/@app@.version
== unsafe
df -h | tee /tmp/@app@-disk.txt
== unsafe
for u in "$@vu@" @url@; do
  curl -k -O «$u»
done
== safe
if [ -e «$@vf@» ]; then
  chmod ⟦644¦a-w¦u+rw⟧ «$@vf@»
else
  echo "do not use 777 here" >&2
fi
== safe
@vd@=$(readlink "$1")
rm -rf "${@vd@:?}"/*
== safe
while read -r step; do
  echo "$step"
done < «$@vf@»
== safe
printf '%s\n' "@app@ @ver@" > /var/lib/@app@/version
== safe
for u in "$@vu@" @url@; do
  curl --fail -O «$u»
done

### family k-twice
== non-idempotent
if [ -n «$@vd@» ]; then
  mkdir «$@vd@/⟦incoming¦done⟧»
fi
== non-idempotent
setup_shell() {
  echo '⟦export EDITOR=nano¦umask 027⟧' >> @cf@
  ln -s @pd@/bin «$HOME/@app@-bin»
}
== non-idempotent
useradd --create-home @usr@ && usermod -aG sudo @usr@
== non-idempotent
tar -xzf @app@.tar.gz && mkdir @rd@ && mv @app@/* @rd@/
== non-idempotent
test -n «$@vu@» && git clone «$@vu@» @app@
== safe
if [ -n «$@vd@» ]; then
  mkdir -p «$@vd@/⟦incoming¦done⟧»
fi
== safe
setup_shell() {
  echo '⟦export EDITOR=nano¦umask 027⟧' > /etc/profile.d/@app@.sh
  ln -sfn @pd@/bin «$HOME/@app@-bin»
}
== safe
id @usr@ > /dev/null 2>&1 || { useradd --create-home @usr@ && usermod -aG sudo @usr@; }
== safe
tar -xzf @app@.tar.gz && mkdir -p @rd@ && cp -r @app@/. @rd@/
== safe
test -d @app@ || git clone «$@vu@» @app@

### family k-differs
== non-deterministic
archive_name() {
  echo "@app@-$(date +⟦%F¦%s¦%Y%m%d⟧)"
}
tar -czf "$(archive_name).tgz" @rd@
== non-deterministic
while read -r line; do
  echo "$RANDOM $line"
done < «$@vf@» > numbered.txt
== non-deterministic
if [ -d @rd@ ]; then
  find @rd@ -name '*.@ext@' | head -1 > main.txt
fi
== non-deterministic
shuf «$@vf@» | split -l @n@ - part_
== non-deterministic
suffix=$$
cp «$@vf@» "@app@.$suffix"
== safe
archive_name() {
  echo "@app@-@ver@"
}
echo "packing on $(date +⟦%F¦%s¦%Y%m%d⟧)" >&2
tar -czf "$(archive_name).tgz" @rd@
== safe
n=0
while read -r line; do
  n=$((n + 1))
  echo "$n $line"
done < «$@vf@» > numbered.txt
== safe
if [ -d @rd@ ]; then
  find @rd@ -name '*.@ext@' | sort | head -1 > main.txt
fi
== safe
sort «$@vf@» | split -l @n@ - part_
== safe
suffix=@ver@
cp «$@vf@» "@app@.$suffix"

### family k-quotes
== safe
for d in «$@vd@»/*; do
  [ -d «$d» ] && du -s «$d»
done
== safe
if cp «$@vf@» «$@vd@/»; then
  rm -f «$@vf@»
fi
== safe
backup() {
  tar -czf «$2» -C «$1» .
}
backup @pd@ @app@.tgz
== safe
grep -c «$@vn@» «$@vf@» | while read -r total; do
  echo "$total"
done
== safe
ssh «$@vn@@@host@» "cat /etc/hostname"
== safe
test -e «$@vf@» && mv -f «$@vf@» «$(dirname "$@vf@")/old.@ext@»
== safe
cd «$@vd@» || exit 1
for f in *; do
  echo "$f"
done
'''
