dir=$(printf '%s/a\nb\033' "$T")
mkdir "$dir" "$dir/c"
selabel_get_digests_all_partial_matches -r -f "$FC" "$dir" | sed 's/[0-9a-f]\{40\}/HEX/'
selabel_lookup -b "$(printf 'x\n\033')" -k /a
printf '/a\tu:object_r:\033a\n' >odd
selabel_lookup -k /a -f odd
selabel_lookup_best_match -p /a -f odd
cp odd "$(printf 'o\nd')"
selabel_digest -v -b file -f "$(printf 'o\nd')"
