/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analysis/fence.h"

static int node_new(struct fence *f, unsigned char byte)
{
	int r = array_reserve(&f->nodes, &f->cap, f->n + 1, sizeof(*f->nodes));

	if (r >= 0)
		f->nodes[f->n++] = (struct fence_node){.byte = byte};
	return r;
}

int fence_add(struct fence *f, const char *path, size_t len, unsigned flags)
{
	uint32_t node = FENCE_TOP;
	int r = 0;

	while (r >= 0 && f->n <= FENCE_TOP)
		r = node_new(f, 0);
	for (size_t i = 0; r >= 0 && i < len; i++) {
		uint32_t child = fence_child(f, node, (unsigned char)path[i]);

		if (!child) {
			r = node_new(f, (unsigned char)path[i]);
			if (r < 0)
				break;
			child = (uint32_t)f->n - 1;
			f->nodes[child].sibling = f->nodes[node].child;
			f->nodes[node].child = child;
		}
		node = child;
	}
	if (r >= 0)
		f->nodes[node].flags |= (uint8_t)flags;
	return r;
}

void fence_done(struct fence *f)
{
	free(f->nodes);
	*f = (struct fence){0};
}
