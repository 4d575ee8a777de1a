# As tiny.S, in no hurry: at the press of its power button it says so, and powers off SECONDS later, by its BIOS's clock.
.code16
.globl _start
_start:
  cli
  xorw %ax,%ax
  movw %ax,%ds
  movw %ax,%ss
  movw $0x7c00,%sp
  sti
  movw $up,%si
  call say
  # enable power button (PM1a_EN at 0x602)
  movw $0x602,%dx
  movw $0x0100,%ax
  outw %ax,%dx
1: hlt
  movw $0x600,%dx
  inw %dx,%ax
  testb $1,%ah
  jz 1b
  movw $0x0100,%ax
  outw %ax,%dx
  movw $down,%si
  call say
  # 18.2 ticks in a second; each counted as it comes, for the clock begins anew at midnight
  movw $(SECONDS*182/10),%cx
2: movw 0x46c,%bx
3: hlt
  cmpw 0x46c,%bx
  je 3b
  loop 2b
  movw $0x604,%dx
  movw $0x2000,%ax
  outw %ax,%dx
4: hlt
  jmp 4b
say: lodsb
  testb %al,%al
  jz 5f
  movw $0x3f8,%dx
  outb %al,%dx
  jmp say
5: ret
up: .asciz "TINYVM up\r\n"
down: .asciz "TINYVM going down\r\n"
.org 510
.word 0xaa55
