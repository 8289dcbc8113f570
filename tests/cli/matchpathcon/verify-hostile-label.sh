# needs: no-selinux
mkdir "$T/v"
name=$(printf '%s/v/a\nb' "$T")
touch "$name"
set_label "$(printf 'u:r:t\033[2J\nx verified.')" "$name"
matchpathcon -V -f "$FC" "$name"
