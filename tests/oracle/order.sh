#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# order.sh RELABEL CORPORA: the base files of real policies, shuffled, are sorted into the very bytes
# that the policy tools wrote.
set -eu
relabel=$1 corpora=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

seen=0 bad=0
for file in "$corpora"/*/file_contexts /etc/selinux/*/contexts/files/file_contexts; do
	[ -f "$file" ] || continue
	seen=$((seen + 1))
	shuf "$file" >"$dir/shuffled"
	for order in "" --classic; do
		# shellcheck disable=SC2086 # none or one word
		"$relabel" sort $order -c "$file" >&2 || { echo "$file: not in order ($order)"; bad=1; }
	done
	if "$relabel" sort -c "$dir/shuffled" >"$dir/said"; then
		echo "$file: said to be in order, but was shuffled"
		bad=1
	fi
	"$relabel" sort "$dir/shuffled" | cmp - "$file" || bad=1
	echo "$file: $(wc -l <"$file") lines"
done
[ "$seen" -gt 0 ] || { echo "skipped: no policy here, and nothing in $corpora"; exit 77; }
exit "$bad"
