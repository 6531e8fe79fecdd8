#!/usr/bin/env bash
# The native engine's tests under the address and undefined-behaviour sanitizers.
#
#     bash native/sanitize.sh                # the tests of every day
#     bash native/sanitize.sh -k losses      # or what else pytest takes
#
# Builds with GCC into a folder of its own, beside a copy of the package, and leaves both
# no trace. PYTHON names the interpreter, which has the `test` extra; CXX the compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(command -v "${PYTHON:-python3}")
export CXX="${CXX:-g++}" PYTHONDONTWRITEBYTECODE=1
libraries=
for name in libasan.so libubsan.so; do
    found=$("$CXX" -print-file-name="$name")
    [ -f "$found" ] || { echo "$CXX has no $name; set CXX to a GCC with its sanitizers" >&2; exit 1; }
    libraries+="${libraries:+:}$(readlink -f "$found")"
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
generator=()
if command -v ninja > /dev/null; then generator=(-G Ninja); fi
cmake -S . -B "$folder/build" "${generator[@]}" -DPython_EXECUTABLE="$python" \
    -DCLEARPROP_SANITIZE=ON > "$folder/log"
cmake --build "$folder/build" --parallel "$(getconf _NPROCESSORS_ONLN)" >> "$folder/log" ||
    { cat "$folder/log" >&2; exit 1; }
mkdir "$folder/src"
cp -r src/clearprop "$folder/src/"
rm -f "$folder"/src/clearprop/_native*
cp "$folder"/build/_native*.so "$folder/src/clearprop/"

# Leaks: CPython keeps much to its end. The finder of an editable installation would find
# the module that it was installed with.
export PYTHONPATH="$folder/src" LD_PRELOAD="$libraries"
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
tests=(tests/test_engines.py)
for file in tests/test_native_*.py; do
    [ "$file" = tests/test_native_build.py ] || tests+=("$file")
done
"$python" - "$folder" "${tests[@]}" "$@" << 'END'
import sys
sys.meta_path[:] = [f for f in sys.meta_path if not type(f).__name__.startswith("ScikitBuild")]
import clearprop, pytest
folder, *arguments = sys.argv[1:]
assert clearprop.__file__.startswith(folder), clearprop.__file__
assert clearprop.compiled.missing() is None, clearprop.compiled.missing()
options = ["-o", "addopts=", "-m", "not slow", "-p", "no:xdist", "-p", "no:cacheprovider"]
sys.exit(pytest.main(["-q", "--import-mode=importlib", *options, *arguments]))
END
