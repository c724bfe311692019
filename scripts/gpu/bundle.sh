#!/usr/bin/env bash
# Packs what `npm run test:gpu` and the benchmarks need into one archive, for a machine that has an NVIDIA driver and
# nothing else: no network, no Node, no Python, no compiler. Its C library is not older than this machine's.
#
#   scripts/gpu/bundle.sh ARCHIVE.tar.gz          here, with network and a compiler
#   tar -C / -xf ARCHIVE.tar.gz && /opt/ingot-gpu/run.sh      there
#
# FOLDER moves /opt/ingot-gpu: the Python environment and the native libraries know their place, so it is the same on
# both machines. PIECES=60M writes ARCHIVE.tar.gz.000, .001... of at most that size, for a way there that takes no more at
# once; there: cat ARCHIVE.tar.gz.* | tar -C / -xzf -. DEVICE=cpu packs TensorFlow without CUDA, which shows that a bundle
# works where there is no GPU.
set -euo pipefail

archive=$(realpath -m "${1:?usage: scripts/gpu/bundle.sh ARCHIVE.tar.gz}")
folder=$(realpath -m "${FOLDER:-/opt/ingot-gpu}")
device=${DEVICE:-gpu}
root=$(dirname "$(dirname "$(dirname "$(realpath "$0")")")")

if [ -e "$folder" ]; then
  echo "$folder is there already. Remove it, or set FOLDER to another place." >&2
  exit 1
fi
mkdir -p "$folder/bin" "$folder/python/bin" "$folder/python/lib" "$folder/ingot"

echo "… What is committed"
git -C "$root" archive HEAD | tar -C "$folder/ingot" -xf -

echo "… Node and Python"
cp "$(node -p process.execPath)" "$folder/bin/node"
read -r base version < <(python3 -c 'import sys; print(sys.base_prefix, "python%d.%d" % sys.version_info[:2])')
cp "$base/bin/$version" "$folder/python/bin/"
ln -s "$version" "$folder/python/bin/python3"
tar -C "$base/lib" --exclude=site-packages/* --exclude=dist-packages/* --exclude="$version/test" --exclude=__pycache__ -cf - "$version" |
  tar -C "$folder/python/lib" -xf -
find "$base/lib" -maxdepth 1 -name "lib$version*.so*" -exec cp -P {} "$folder/python/lib/" \;

export PATH="$folder/bin:$folder/python/bin:$PATH"
export LD_LIBRARY_PATH="$folder/python/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
unset INGOT_HOME INGOT_PYTHON INGOT_DEVICE
(cd "$folder/ingot" && node scripts/bootstrap.mjs prepare "$device")

if [ "$device" = gpu ]; then "$folder/ingot/.ingot/python/bin/python" "$root/scripts/gpu/find_cuda.py"; fi

echo "… Libraries that a bare machine may lack"
# All that is linked here but for the C library's own, which belong to the machine, and the driver's.
mkdir -p "$folder/lib"
find "$folder/bin" "$folder/python" "$folder/ingot" -type f \( -name '*.so' -o -name '*.so.*' -o -name '*.node' -o -perm -u+x \) \
  ! -name '_tkinter*' -print0 |
  { xargs -0 ldd 2>/dev/null || true; } |
  awk '$2 == "=>" && $3 ~ "^/" {print $3}' |
  sort -u |
  { grep -Ev "^$folder/|/(ld-linux.*|lib(c|m|dl|rt|util|anl|pthread|resolv|nsl|cuda|nvidia.*))\.so" || true; } |
  while read -r library; do [ -e "$folder/lib/$(basename "$library")" ] || cp -L "$library" "$folder/lib/"; done

cat > "$folder/run.sh" <<RUN
#!/bin/sh
# The tests of the GPU, then the benchmarks of tensorflow/; tables are kept as JSON in $folder/ingot/.ingot/bench.
status=0
export PATH="$folder/bin:$folder/python/bin:\$PATH" LD_LIBRARY_PATH="$folder/python/lib:$folder/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export INGOT_DEVICE="\${INGOT_DEVICE:-$device}"
unset INGOT_HOME INGOT_PYTHON
cd "$folder/ingot" || exit
if ! node --version > /dev/null; then
  echo "This machine cannot run what the bundle has: it must be $(uname -m) and its C library $(getconf GNU_LIBC_VERSION) or newer." >&2
  exit 1
fi
node scripts/bootstrap.mjs test:gpu || status=1
node scripts/bootstrap.mjs bench "\${@:-tensorflow/}" || status=1
exit \$status
RUN
chmod +x "$folder/run.sh"

echo "… Packing"
name=$(basename "$archive")
if [ -n "${PIECES:-}" ]; then
  tar --format=posix -C / -I 'gzip -1' -cf - "${folder#/}" | split -b "$PIECES" -d -a 3 - "$archive."
  unpack="cat $name.* | tar -C / -xzf -"
else
  tar --format=posix -C / -I 'gzip -1' -cf "$archive" "${folder#/}"
  unpack="tar -C / -xzf $name"
fi
echo "✓ $archive ($(du -hc "$archive"* | tail -1 | cut -f1)). There: $unpack && $folder/run.sh"
