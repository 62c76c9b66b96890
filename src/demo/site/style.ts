/** All there is: no font, no script and no second request. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1d2330;--soft:#586074;--paper:#fbfaf7;--card:#fff;--line:#e4e0d6;--accent:#8a3b20}
@media(prefers-color-scheme:dark){:root{--ink:#ece9e2;--soft:#a9adb8;--paper:#14161d;--card:#1c1f29;--line:#2d313d;--accent:#f0a77e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.65 Georgia,'Times New Roman',serif}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem}
.wide{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{border-bottom:1px solid var(--line)}
header .wide{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;padding-top:1rem;padding-bottom:1rem}
header a{text-decoration:none;color:inherit}
.name{font-size:1.375rem;font-weight:700}
.motto{color:var(--soft);flex:1}@media(max-width:40rem){.motto{order:1;flex:100%}header nav{margin-left:auto}}
nav a,footer a,.small{font:500 .9375rem/1.6 system-ui,sans-serif;color:var(--soft)}
nav{display:flex;gap:1rem}
main.wide{padding-top:2rem;padding-bottom:4rem}
h1{font-size:clamp(1.9rem,4.5vw,3rem);line-height:1.12;margin:.25rem 0 1rem;text-wrap:balance}
h2{font-size:1.375rem;margin:0 0 1rem}
.grid h2,.grid h3{font-size:1.125rem;line-height:1.3;margin:.5rem 0 .25rem}
p{margin:0 0 1.1em}
img{display:block;width:100%;height:auto;background:var(--line);border-radius:.5rem}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:2rem 1.5rem;list-style:none;margin:0;padding:0}
.grid a{color:inherit;text-decoration:none}.grid a:hover :is(h2,h3){text-decoration:underline}
.grid p{color:var(--soft);font-size:.9688rem;line-height:1.5;margin:0}
.lead{display:grid;gap:2rem;margin-bottom:3rem}
.lead a{color:inherit;text-decoration:none}.lead a:hover h1{text-decoration:underline}
@media(min-width:56rem){.lead{grid-template-columns:3fr 2fr;align-items:center}.read{display:grid;grid-template-columns:minmax(0,42rem) minmax(16rem,1fr);gap:4rem}}
.about{font:500 .875rem/1.4 system-ui,sans-serif;color:var(--soft);margin:0 0 .25rem}.about a{color:var(--accent)}
.excerpt{font-size:1.25rem;line-height:1.5;color:var(--soft)}
.text{margin-top:1.75rem}.text h2{margin-top:2rem}
aside h2{border-top:3px solid var(--accent);padding-top:.75rem}
aside ol{list-style:none;margin:0;padding:0}
aside li{padding:.9rem 0;border-bottom:1px solid var(--line)}
aside li a{color:inherit;text-decoration:none;font-weight:700;line-height:1.3;display:block;padding:.15rem 0}aside li a:hover{text-decoration:underline}
details{margin-top:1rem}summary{cursor:pointer;padding:.25rem 0}
dl{margin:.5rem 0 0;font:.875rem/1.5 system-ui,sans-serif;color:var(--soft)}dt{font-weight:600;color:var(--ink);margin-top:.75rem}dd{margin:0}dd span{display:block}
.subjects{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:0 0 2.5rem}
.subjects a{display:block;padding:.4rem .9rem;border:1px solid var(--line);border-radius:99rem;background:var(--card);color:var(--ink);text-decoration:none;font:500 .9375rem/1.4 system-ui,sans-serif}.subjects a:hover{border-color:var(--accent)}
footer{border-top:1px solid var(--line);padding:1.5rem 0}
`;
