# RFC 9110 and RFC 9112 character classes; included by the grammars, generates nothing.
%%{
    machine http_common;
    alphtype unsigned char;

    CR = "\r";
    LF = "\n";
    EOL = CR? LF;  # RFC 9112 section 2.2 lets a recipient take a bare LF in a head
    blank = " " | "\t";
    tchar = 0x21 | 0x23..0x27 | 0x2a | 0x2b | 0x2d | 0x2e | '0'..'9' | 'A'..'Z' | 0x5e..0x7a | 0x7c | 0x7e;
    ctl = (0..31 | 127) - "\t";
}%%
