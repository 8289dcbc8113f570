selabel_digest -b file -i -v -f "$FC"
