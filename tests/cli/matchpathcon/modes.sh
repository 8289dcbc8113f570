for kind in b c d p l s f; do
	case $kind in f) field=-- ;; *) field=-$kind ;; esac
	printf '/k\t%s\tu:object_r:%s_t:s0\n' $field $kind >>"$FC"
done
for kind in b c d p l s f file; do matchpathcon -f "$FC" -n -m $kind /k; done
