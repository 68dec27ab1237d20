using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public enum NetworkReachability
    {
        NotReachable,
        ReachableViaCarrierDataNetwork,
        ReachableViaLocalAreaNetwork,
    }

    public static class Application
    {
        public static event Action quitting;

        public static bool isPlaying { get; internal set; }
        public static string persistentDataPath { get; internal set; }
        public static NetworkReachability internetReachability { get; internal set; }
        public static int targetFrameRate { get; set; }

        public static void Quit(int exitCode)
        {
            Engine.QuitAsked = exitCode;
        }

        internal static void RaiseQuitting()
        {
            if (quitting != null) quitting();
        }
    }

    public static class Debug
    {
        internal static readonly List<string> Lines = new List<string>();

        public static void Log(object message)
        {
            Lines.Add("log " + message);
        }

        public static void LogWarning(object message)
        {
            Lines.Add("warning " + message);
        }

        public static void LogError(object message)
        {
            Lines.Add("error " + message);
        }

        public static void LogException(Exception exception)
        {
            Lines.Add("exception " + exception.Message);
        }
    }
}
