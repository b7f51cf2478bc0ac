/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate.c -- write the published test vectors into a folder.
 *
 *	vectors_generate FOLDER
 *
 * The same bytes on every run and every machine; README.md tells how.
 */
#include <stdio.h>

#include "generate.h"

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: vectors_generate FOLDER\n");
		return (2);
	}
	gen_out_open(argv[1]);
	gen_chain_good();
	gen_good();
	gen_forms();
	gen_roots();
	gen_confusion();
	gen_rule_lies();
	gen_json_lies();
	gen_padding_lies();
	gen_key_lies();
	gen_chain_lies();
	gen_blob_lies();
	gen_damage();
	gen_out_close();
	return (0);
}
