ln -s "$(command -v selabel_lookup)" "selabel_compare"
./selabel_compare
