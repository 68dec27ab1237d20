using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;

/// <summary>Another program on the same machine: a second device.</summary>
static class OtherProgram
{
    internal static Process Start(string what, params string[] args)
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
        var command = Path.Combine(folder, "States.exe") + " " + what + " " + Server.Url + " " + Server.AppId + " " +
            Path.Combine(Game.Root, "other") + " " + string.Join(" ", args);
        return Process.Start(new ProcessStartInfo("mono", command) { UseShellExecute = false });
    }

    internal static void End(Process program)
    {
        program.WaitForExit();
        Check.Equal(0, program.ExitCode, "the other program's exit code");
    }
}
