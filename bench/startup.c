/* SPDX-License-Identifier: MIT */
/* A program that does nothing; what it is linked with makes the difference. */
int main(void)
{
	return 0;
}
