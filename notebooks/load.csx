// Finds the engine of the checkout that this file lies in, builds it where it is not built yet, and hands it to the kernel. A notebook elsewhere loads it by its path.
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;

string PathOfThisFile([CallerFilePath] string path = "") => path;
DirectoryInfo CheckoutAbove(string start)
{
    var at = Directory.Exists(start) ? new DirectoryInfo(start) : null;
    while (at is not null && !File.Exists(Path.Combine(at.FullName, "Analysis.sln")))
        at = at.Parent;
    return at;
}
var folder = CheckoutAbove(Path.GetDirectoryName(PathOfThisFile())) ?? CheckoutAbove(Directory.GetCurrentDirectory())
    ?? throw new InvalidOperationException($"neither '{PathOfThisFile()}' nor '{Directory.GetCurrentDirectory()}' lies in a checkout of MemoryWall");
var project = Path.Combine(folder.FullName, "engine", "Notebooks");
var built = Path.Combine(project, "bin", "Release", "net10.0");
var library = Path.Combine(built, "MemoryWall.Notebooks.dll");
if (!File.Exists(library))
{
    Console.WriteLine("The engine is not built yet; building it once (dotnet build engine/Notebooks -c Release) …");
    var start = new ProcessStartInfo("dotnet", ["build", project, "-c", "Release", "--nologo", "-v", "quiet"]) { RedirectStandardOutput = true };
    using var build = Process.Start(start);
    var said = await build.StandardOutput.ReadToEndAsync();
    await build.WaitForExitAsync();
    if (build.ExitCode != 0 || !File.Exists(library))
        throw new InvalidOperationException($"The engine could not be built. In '{folder.FullName}' run: dotnet build engine/Notebooks -c Release\n{said}");
}
string[] named = [.. Directory.GetFiles(built, "MemoryWall.*.dll").Select(Path.GetFileName), "Microsoft.Data.Analysis.dll"];
((Microsoft.DotNet.Interactive.CSharp.CSharpKernel)Microsoft.DotNet.Interactive.Kernel.Current).AddAssemblyReferences(named.Select(name => Path.Combine(built, name)));
Assembly.LoadFrom(library).GetType("MemoryWall.Notebooks.Notebook").GetMethod("Open").Invoke(null, null);
