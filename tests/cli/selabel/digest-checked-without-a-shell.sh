cp "$FC" 'a b; touch forged'
selabel_digest -v -b file -f 'a b; touch forged' | sed 's/[0-9a-f]\{40\}/HEX/'
ls forged 2>/dev/null || echo "no shell"
