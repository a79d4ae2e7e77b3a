// Finds the engine of the checkout that contains this file, builds it if necessary, and loads it into the kernel. A notebook outside the
// checkout can load this file by its path.
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
    ?? throw new InvalidOperationException(
        $"there is no checkout of MemoryWall around '{PathOfThisFile()}' or '{Directory.GetCurrentDirectory()}'");
var project = Path.Combine(folder.FullName, "engine", "Notebooks");
var built = Path.Combine(project, "bin", "Release", "net10.0");
var library = Path.Combine(built, "MemoryWall.Notebooks.dll");
if (!File.Exists(library))
{
    Console.WriteLine("Building the engine, which is needed only once (dotnet build engine/Notebooks -c Release) …");
    string[] arguments = ["build", project, "-c", "Release", "--nologo", "-v", "quiet"];
    using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true });
    var output = await build.StandardOutput.ReadToEndAsync();
    await build.WaitForExitAsync();
    if (build.ExitCode != 0 || !File.Exists(library))
        throw new InvalidOperationException(
            $"The engine could not be built. Run in '{folder.FullName}': dotnet build engine/Notebooks -c Release\n{output}");
}
string[] assemblies = [.. Directory.GetFiles(built, "MemoryWall.*.dll"), Path.Combine(built, "Microsoft.Data.Analysis.dll")];
((Microsoft.DotNet.Interactive.CSharp.CSharpKernel)Microsoft.DotNet.Interactive.Kernel.Current).AddAssemblyReferences(assemblies);
await (Task)Assembly.LoadFrom(library).GetType("MemoryWall.Notebooks.Notebook").GetMethod("OpenAsync").Invoke(null, null);
